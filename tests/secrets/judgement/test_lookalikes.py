"""Texts beside the names of secrets that are none, each with a secret in the same place."""

from __future__ import annotations

import pytest

from keyaudit.core.levels import Severity
from tests.secrets.support import findings

_SECRET = "k8Gh2pQ9" + "zX1vB7nM"
_DOCUMENT = "0AgpC5gsTSm_4dDRVO" + "EprRkVuSFZUWTlvclJ6UFRvdFE"

_HASH = "2239732f8289ebed98a4988e5365f0b5" + "fc640e976f5be8735c0169d25ea87701"

_NONE = [
    ("Fastfile", """   " --ks-pass 'pass:#{ENV["FASTLANE_NEXTCLOUD_STORE_PASSWORD"]}'"+\n"""),
    # What goes on: variables of PHP, a call behind the text, formats, an expression.
    ("client.php", '$o[CURLOPT_USERPWD] = "$value[0]:$value[1]";\n'),
    ("env.php", """'DB_PASSWORD="'.str_replace('"', '\\"', $r->password)."\\"\\n".\n"""),
    (
        "sql.go",
        "q := fmt.Sprintf(`UPDATE %s SET password=%s,public_keys=%s,home_dir=%s WHERE a`)\n",
    ),
    ("util.go", "`(?i)[\"']token[\"']\\s*[:=]\\s*[\"']([^\"'<>]+)[\"']`,\n"),
    ("Hook.php", f'/*\n{{\n  "token": "{_SECRET * 2}",\n  "timestamp": "1705376308",\n*/\n'),
    # Tags of Go's fields, what other languages put into a text, and gaps to fill in.
    ("user.go", '\tOldPassword string `json:"oldPassword" vd:"len($)>0"`\n'),
    ("web.php", '$o[CURLOPT_USERPWD] = "{$parameters->user}:{$parameters->pass}";\n'),
    ("Notes.cs", '"WiFi Passwords" => $"{faker.PickRandom("Office", "Guest")} WiFi",\n'),
    ("Host.cs", '// dotnet user-secrets set "AdditionalProjects:<name>:Path" "<path>"\n'),
    # Names: of a claim, of a kind of token, of a preference, of what is called.
    ("Claims.cs", 'public const string ManageResetPassword = "manageresetpassword";\n'),
    ("Token.cs", 'public const string TokenIdentifier = "SsoEmail2faSessionToken";\n'),
    ("Activity.kt", 'const val PREFERENCE_PASSCODE_D2 = "PrefPinCode2"\n'),
    ("index.php", "//  $this->addHook('login.credentials.step-2', 'loginCredentials2');\n"),
    # Words for people.
    ("app/localization/zh/user.json", '{"STORE_PRIVATE_KEY": "将私钥存储在 GnuPG 的服务器上"}\n'),
    ("messages.json", '{"STORE_PRIVATE_KEY": "将私钥存储在 GnuPG 的服务器上"}\n'),
    ("app/localization/de/user.json", '"USERNAME": "Name",\n"PASSWORD": "Passwort"\n'),
    # What a page shows as code, and an answer in a comment.
    (
        "how.html.twig",
        f'<pre><code>http GET /api \\\n"Authorization:Bearer {_SECRET}{_SECRET}"</code></pre>\n',
    ),
    (
        "auth.go",
        f'// @Success 200 "{{"expire": "2019-08-07T12:45:48", "token": "{_SECRET * 2}"}}"\n',
    ),
    ("src/androidTest/Utils.kt", f'val privateKey = "{_SECRET * 2}"\n'),
    # A key of an array, as PHP and Ruby write it, is no value.
    (
        "form.php",
        "$types['password'] = array(\n  '#maxlength' => 128,\n  '#process' => 'f1',\n);\n",
    ),
    # What is read, and where it is mounted.
    ("run.sh", "docker run -v $PWD:/tmp/acme2certifier image\n"),
    ("run.sh", 'docker run -v "$(pwd)/data/pgsql/pgpass:/root/.pgpass" image\n'),
    ("paths.py", 'STORED_PASSWD = "{}/keystone.passwd".format(folder)\n'),
    # Names that a database gives its constraints.
    ("migration.py", 'APIKEY_CHECK = "api_apikey_identifier_6e4e2f82_uniq"\n'),
    ("migration.py", f'APIKEY_IDENTIFIER_CONSTRAINT = "{_SECRET}"\n'),
    # An element of a page.
    ("page.js", 'let table = isToken ? "#tokenTable" : "#serviceTokenTable";\n'),
    # What a page says in a language.
    ("static/i18n/de.js", "  password_config: 'Passwortkonfiguration',\n"),
    ("lang/pt_BR.php", "  'password' => 'ConfirmacaoDeSenhas2',\n"),
    ("nginx.conf", "uwsgi_pass mailman3;\n"),
    ("dovecot.conf", "pass_attrs = \\\n    uid=%u,\\\n"),
    # Of a statement over several lines, the words of a comment are no names.
    (
        "main.yml",
        "# characters [[[\n# for passwords made here\ncharacters: 'ascii,digits.-_~&()*='\n",
    ),
    # What a user and a password stand in is no name.
    ("run.sh", "s=$(curl -u 'a:${APassword}' http://$h/a | xmllint --xpath '//a[1]/text()' -)\n"),
    ("run.sh", "export PASSPHRASE=${PASSPHRASE:-preview-passphrase-123}\n"),
    ("Unit.cs", 'if (args.Token == "aws:index/getAmi:getAmi")\n'),
    ("plugins.yaml", "credentials-binding:523.vd859a_4b_122e6\n"),
    (
        "routes.js",
        "tokens: [['variable', '.', 'xml|json|txt|csv|pdf|epub|mobi|html', '_format']],\n",
    ),
    # What PHPUnit sets while it tests.
    ("phpunit.xml", f'<env name="APP_KEY" value="base64:{_SECRET * 2}="/>\n'),
    ("Constants.java", """String MAIL_PASSWD = "$t('mailPasswd')";\n"""),
    ("request.ts", 'key: "access_token",\nvalue: parseTemplateString(\n  token),\n'),
    ("issues.lock.yml", "  const secretValue = process.env[envVarName];\n"),
    ("Data.cs", 'const string PASSWORD_REPLACEMENT = "|||%%PREVJACKPASSWD%%|||";\n'),
    ("Model.php", f"  'secret' => [\n    'example' => '{_SECRET}',\n"),
    # Zero bytes of an image, in base64 over lines.
    ("Main.resx", "    " + "AP8AAADoAAAAowAAAJQAAACWAAAAgAAAADoAAAAwAAAAEwAAAAUAAAAE" + "\n"),
    # Digits and letters in turn, as examples have them.
    ("api.yml", "api_key: 1a2b3c4d5e6f7g8h9i0j\n"),
    # What stands bare in code is a name.
    ("form.ts", "this.errors.newPassword = jqXHR.responseJSON.new_password1;\n"),
    ("form.es6", "this.errors.newPassword = jqXHR.responseJSON.new_password1;\n"),
    # Code between two texts, in which quotes stand.
    (
        "page.js",
        """x+="';return a};Pl.prototype.renderToken=function(e,n,r){var a,o="";\n""",
    ),
    # What passwords have to look like.
    ("rules.py", f"PASSWORD_CHARACTER_RULES = '{_SECRET}'\n"),
    # The id of a document, and what a page tells Mapbox.
    ("model.js", f"// https://docs.google.com/spreadsheet/ccc?key={_DOCUMENT}#gid=0\n"),
    ("map.js", f"var access_token = 'pk.eyJ{_SECRET}.{_SECRET}';\n"),
    # What the description of an interface shows.
    ("api.json", f'{{\n  "openapi": "3.1.0",\n  "value": {{"session_token": "{_SECRET}"}}\n}}\n'),
    ("api.yaml", f"swagger: '2.0'\ninfo:\n  title: x\nsession_token: {_SECRET}\n"),
    ("otp.py", "SECRET = 'JBSWY3DPEHPK3PXP'\n"),
    # Names in style sheets, in capitals, in camel case.
    ("page.css", ".md-calendar-date.md-calendar-date-disabled {\n"),
    ("page.js", "// md-inline-list-icon-label\n"),
    ("log.go", "// restrict the model to APARTMENTTHREADED\n"),
    ("i18n.ts", "const storageKey = 'i18nextAcmeUiLng';\n"),
    ("report.rb", "OLD_PASSWORD_SUBMITTED = 'IdV: review complete'\n"),
    # Which key signed a URL.
    ("api.java", f'// "https://s3.acme.com/a.png?X-Amz-Credential={_SECRET}{_SECRET}%2F2024"\n'),
    # What stands on a command line beside a name, and in an expression for sed.
    ("sign.sh", 'gpg --passphrase-fd 0 --pinentry-mode=loopback --sign --output "$f.asc" "$f"\n'),
    ("run.sh", """oc -p DB_PASSWORD="x" -e JAVA_OPTS="-Dorg.store=/opt/eap/data/documents9"\n"""),
    ("run.yml", """  shell: "podman run -e DB_PASSWORD=abc1 -e TRANSPORTS='openwire, mqtt'"\n"""),
    ("ci.yml", r"""  - sed -i "s|^\(DB_PASSWORD=\s*\).*$|\1${{ matrix.password }}|" .env""" + "\n"),
    # One of the values that a reference shows, and the letters in order.
    ("api.cue", f'api_key: examples: ["${{API_KEY}}", "{_SECRET}"]\n'),
    ("keys.yml", 'api_key: "AbC-dEf5"\n'),
    ("jenkins.yml", "credentials: 7d4c2f1e-93ab-4f0e-8c55-1b6de0a97f32\n"),
    # Of several arguments in one line the next ones are no part of a password.
    ("site.yml", "    mysql_user: user=bob password=12345 priv=*.*:ALL state=present\n"),
    # Templates, variables, names of options, and what is to be filled in.
    ("a.sql", "UPDATE `Users` SET `N` = 'x' WHERE `Password` LIKE '{nonsensical}%';\n"),
    ("help.txt", " --passphrase=$backup-passhrase\n"),
    ("page.gsp", "    storageKeysApi: '${createLink(uri:'/storage/access/keys')}',\n"),
    ("Server.cs", 'const string OPTION_PASSWORD = "webservice-sslcertificatepassword";\n'),
    ("Server.java", 'String DEFAULT_PASSPHRASE = "option.sshKeyPassphrase";\n'),
    ("kafka.yml", 'JAAS: "x required user=\\"a\\" password=\\"<CCLOUD_API_SECRET>\\";"\n'),
    ("values.yaml", "rbd_secret_uuid: 7d4c2f1e-93ab-4f0e-8c55-1b6de0a97f32\n"),
    # A signed address whose time is over, a hash with its salt, a login spelt out for readers.
    ("doc.json", f'"a": "http://cdn.acme.com/5dcb?e=1573634298&token={_SECRET}{_SECRET}"\n'),
    ("row.txt", f"password = {_HASH}\nsalt = YsOnYQUZjZ\n"),
    ("fr.po", 'msgstr "acceptés : \\"drime://utilisateur:MotDePasse9@dossier.fr\\"."\n'),
    # Programs that keep passwords, passes over something, alphabets, expressions, pages.
    ("keys.ts", 'NordPass = "7d4c2f1e-93ab-4f0e-8c55-1b6de0a97f32",\n'),
    ("keys.ts", '[Brand.OnePassword]: "1Password",\n'),
    ("scale.cs", 'var scaleFirstPass = "vpp_rkrga=format=bgra:afbc=1";\n'),
    (
        "codes.java",
        'String CODES = "qwertyuiplkjhgfdsazxcvbnmQWERTYUPLKJHGFDSAZXCVBNM1234567890";\n',
    ),
    ("jdbc.yaml", '  {name: "password", value: password.$returns.str},\n'),
    ("def.json", '"eg": "jdbc:h2://x/;ssl=true;<br>trustStorePassword=pw<br>5.For ZooKeeper9"\n'),
    ("up.sql", f"UPDATE user SET password='{_HASH}' WHERE name = 'admin';\n"),
    ("acme-e2e/compose.yml", f"- MYSQL_ROOT_PASSWORD={_SECRET}\n"),
    ("C.kt", '  private val dbPassword: String? = "${db.password}"\n'),
    ("db.go", 'dsn := "user:password@tcp(localhost:3306)/db"\n'),
    # References of BOSH and Concourse, classes, packages, algorithms, what only repeats its name.
    ("bosh.yml", "password: ((postgres_password))\n"),
    ("bosh.yml", "secret: ((admin_password))\n"),
    ("bosh.yml", 'mbus: "https://mbus:((mbus_bootstrap_password))@10.254.50.4:6868"\n'),
    ("api.php", r"Route::post('change-password', 'Api\V1Dot1Controller@changePassword');" + "\n"),
    ("Aes.java", 'String SECRET_RANDOM = "SHA1PRNG";\n'),
    ("Net.m", '#define SESSION_KEY @"com.acme.x.videoBackgroundSession"\n'),
    ("actions.go", 'DeleteK8sRegistrySecrets = "DeleteK8sRegistrySecrets"\n'),
    # A hash of bcrypt's as compose wants it, words for people, what is to be filled in.
    ("compose.yml", f"  command: --admin-password '$$2y$$05$$cQ4zB2SEdP4U3kkNhUV.{_SECRET}'\n"),
    ("texts.py", "  'Username': 'Benutzername', 'Password': 'Passwort',\n"),
    ("compose.yml", "services:\n  a:\n    environment:\n      - HUB_PASSWORD=PASS\n"),
    ("compose.yml", 'services:\n  a:\n    environment:\n      PASSWORD: "_admin_password_"\n'),
    # A text that ends after the name, an option that has its value, and one that says where it is.
    ("Install.php", "set('DB_PASSWORD=acme', 'DB_PASSWORD='.$request->input('db_password'));\n"),
    ("run.sh", 'r=`mysql -h$HOST -u$USER -p$MYSQL_PASSWORD -D$MYSQL_DB  -e "source x9.sql"`\n'),
    ("Makefile", "\taws x | docker login -u AWS --password-stdin 421930302278.dkr.ecr.acme.com\n"),
    ("Table.cs", '[DataTable("PasswordLib", "WMBLOG_MSSQL_2")]\n'),
    ("aks.tf", '  command = "az login --password ${data.x.y.data["client_secret"]} --tenant x"\n'),
    # What a server answers, as a comment shows it.
    ("idp.go", f'/*\n{{\n  "access_token": "{_SECRET}",\n  "expires_in": 7140\n}}\n*/\n'),
    ("Idp.java", f'// {{"refresh_token": "{_SECRET}", "expires_in": 7140}}\n'),
    ("session_fixtures.go", f'authToken: "{_SECRET}",\n'),
    # Variables and fields with signs after them, what was taken out, calls in a text.
    ("compose.yml", '  a: mongo --eval "pwd: \\"$$MONGO_ACMEDB_PASSWORD\\","\n'),
    ("setup.yaml", 'run: print(\\"Password: $MONGO_ACMEDB_PASSWORD\\");\n'),
    ("run.sh", "mongo admin -u $ROOT -p $MONGODB_ROOT_PASSWORD{{- end }}\n"),
    (
        "x.yaml",
        '{{- $smtpSecret := .Values.email.smtp.existingSecret | default (printf "%s" .) }}\n',
    ),
    ("init.pp", "  $password = $::collectd::plugin::postgresql9::password\n"),
    ("setup.md", 'secret: "Ob4C52U8WPwv[...]QUy724p1n"\n'),
    ("Text.cs", "throw $\"Pass '{typeof(Lazy<IUrlHelper2>).Name}' or another.\";\n"),
    # Fingerprints and public keys, and what a pipeline's service encrypted.
    ("apt.pp", "  key      => '78D6517AB92E22947F577996A0546A43624A8331';\n"),
    ("apt.pp", "  key      => 'ABF5BD827BD9BF62';\n"),
    (
        "keys.yaml",
        "  key: 'AAAAB3NzaC1yc2EAAAADAQABAAABAQC5y7bm9YIMJXYbSdk2pVzlw110eFrLIvirT4HK'\n",
    ),
    ("appveyor.yml", f"  api_token: secure:{_SECRET}{_SECRET}\n"),
    # Left sides of what comes later, code behind a name, numbers between texts, names of files.
    ("a.php", "$u->link('account/password', 'language=' . $l->get('config_language2'));\n"),
    ("b.go", '\t{name: "clientSecret", value: config2.ClientSecret},\n'),
    ("x.tpl", '{{- $password_tmp := include "m" (dict "length" 10 "skipB64enc" true) -}}\n'),
    ("compose.yml", "  a:\n    environment:\n      SSL_KEY_CREDENTIALS: kafka1_sslkey_creds\n"),
    # Generated code, hashes in capitals.
    ("user.pb.go", f'"\\x19AccessToken\\x12" + token = "{_SECRET}"\n'),
    ("app.ini", "admin.passwd = 4ACFE3202A5FF5CF467898FC58AAB1D615029441\n"),
    ("Seed.cs", 'LoginPWD = "E10ADC3949BA59ABBE56E057F20F883E",\n'),
    # Google's for tests, which anybody may use.
    ("app.ini", "RECAPTCHA_SECRET = 6LeIxAcTAAAAAGG-vFI1TnR" + "WxMZNFuojJ4WifJWe\n"),
    # Values that come from elsewhere.
    ("A.kt", '@Value("\\${jwt.secret:#{null}}") private val secret: String\n'),
    ("A.java", '@Value("${jwt.secret:${JWT_SECRET_OF_PROD2}}")\n'),
    ("run.sh", "echo $DOCKER_PASSWORD2 | docker login -u bob --password-stdin\n"),
    ("run.sh", "echo ${{ secrets.REGISTRY_TOKEN2 }} | docker login -u bob --password-stdin\n"),
    ("run.sh", "aws configure set aws_secret_access_key $AWS_SECRET_KEY2\n"),
    ("run.sh", "aws configure set default.region eu-central-1\n"),
    ("run.sh", "export REDISCLI_AUTH=$REDIS_PASSWORD2\n"),
    ("a.py", 'URL = "postgres://bob:v1-$BUILD_KEY@db.acme.com/x"\n'),
    # Examples and tests by where they stand.
    ("legacy-docs/api.htm", f'"token": "{_SECRET}"\n'),
    (".env.testing-ci", f"APP_KEY={_SECRET}\n"),
]
_SOME = [
    ("form.php", f"$db = array('password' => '{_SECRET}');\n"),
    ("run.sh", f"export PGPASS={_SECRET}\n"),
    ("run.sh", f"export PASSPHRASE=${{PASSPHRASE:-{_SECRET}}}\n"),
    ("run.ps1", f"$password = '{_SECRET}'\n"),
    ("paths.py", f'STORED_PASSWD = "{_SECRET}".format(folder)\n'),
    ("migration.py", f'APIKEY = "{_SECRET}_9"\n'),
    ("page.js", f'let token = isToken ? "#{_SECRET}" : "";\n'),
    ("static/i18n/setup.js", f"  password: '{_SECRET}',\n"),
    ("Main.resx", "token: " + "AP8" + "t2KcXw9QmZ4vB7nL1sRf6HyJd3Gp5Ta0EuVoWiCkNbDx8qMz" + "\n"),
    ("api.yml", "api_key: 1a7b3x4d9e6q2g8h5k0j\n"),
    ("form.ts", f"this.errors.newPassword = '{_SECRET}';\n"),
    ("form.es6", f"this.errors.newPassword = '{_SECRET}';\n"),
    ("page.js", f"""x+="';return a}};Pl.prototype.renderToken={_SECRET};var a,o="";\n"""),
    ("rules.py", f"RULES_PASSWORD = '{_SECRET}'\n"),
    ("model.js", f"// https://api.cloud.ibm.com/?key={_DOCUMENT}#gid=0\n"),
    ("map.js", f"var access_token = 'sk.eyJ{_SECRET}.{_SECRET}';\n"),
    ("api.json", f'{{"version": "3.1.0", "session_token": "{_SECRET}"}}\n'),
    ("api.yaml", f"session_token: {_SECRET}\nswagger_ui: '2.0'\n"),
    ("otp.py", "SECRET = 'J4ZKKXTK7NOVU7EP'\n"),
    ("page.js", "// md-" + "xK3vQz_hT7Lm2RwB9yNc4P" + "\n"),
    ("log.go", "// restrict the model to AP6" + "hKq8R2wXy9LmNp3sTvB4cDfGh5Jk" + "\n"),
    ("i18n.ts", f"const storageToken = '{_SECRET}';\n"),
    ("report.rb", f"OLD_PASSWORD = '{_SECRET}'\n"),
    ("api.java", f'// "https://s3.acme.com/a.png?token={_SECRET}{_SECRET}&x=2024"\n'),
    ("sign.sh", f'gpg --passphrase "{_SECRET}" --sign --output "$f.asc" "$f"\n'),
    ("run.sh", f"""oc -p DB_PASSWORD="{_SECRET}" -e JAVA_OPTS="-Dorg.store=/opt/documents9"\n"""),
    ("run.yml", f"""  shell: "podman run -e DB_PASSWORD={_SECRET} -e MODES='openwire, mqtt'"\n"""),
    ("ci.yml", f'  - sed -i "s|x|DB_PASSWORD={_SECRET}|" .env\n'),
    ("chain.js", f'dbPassword = other = "{_SECRET}";\n'),
    # As people make passwords of words, and services keys of random digits.
    ("site.yml", "admin_password: Summer@2024\n"),
    ("run.sh", "  -p KIE_SERVER_PWD=" + '"acmeUser!23"' + "\n"),
    ("api.yml", "api-key: 7d4c2f1e-93ab-4f0e-8c55-1b6de0a97f32\n"),
    ("site.yml", f"    mysql_user: user=bob password={_SECRET} priv=*.*:ALL state=present\n"),
    ("a.sql", f"UPDATE `Users` SET `Password` = '{_SECRET}' WHERE `Name` LIKE '{{x}}%';\n"),
    ("help.txt", f" --passphrase=${_SECRET}-{_SECRET}\n"),
    ("kafka.yml", f'JAAS: "x required user=\\"a\\" password=\\"{_SECRET}\\";"\n'),
    ("doc.json", f'"a": "http://cdn.acme.com/5dcb?e=9573634298&token={_SECRET}{_SECRET}"\n'),
    ("row.txt", f"password = {_HASH}\nsort = YsOnYQUZjZ\n"),
    ("fr.py", 'text = "drime://utilisateur:MotDePasse9@dossier.fr"\n'),
    ("legacy/api.htm", f'"token": "{_SECRET}"\n'),
    ("keys.ts", 'nordToken = "7d4c2f1e-93ab-4f0e-8c55-1b6de0a97f32",\n'),
    ("scale.cs", f'var firstPassword = "{_SECRET}";\n'),
    ("def.json", f'"eg": "jdbc:h2://x/;ssl=true;<br>trustStorePassword={_SECRET}<br>5.For Zoo"\n'),
    ("up.env", f"PASSWORD='{_HASH}'\n"),
    ("up.sql", f"CREATE USER app IDENTIFIED BY '{_HASH}';\n"),
    # A type that may be missing, options in one word, and Go's data source names.
    ("C.kt", f'  private val dbPassword: String? = "{_SECRET}"\n'),
    ("get.sh", f"curl -su admin:{_SECRET} https://x.acme.com\n"),
    ("db.go", f'dsn := "user:{_SECRET}@tcp(10.0.0.5:3306)/db"\n'),
    ("bosh.yml", f"password: (({_SECRET}\n"),
    ("bosh.yml", f'mbus: "https://mbus:{_SECRET}@10.254.50.4:6868"\n'),
    ("api.php", f"Route::post('change-password', '{_SECRET}');\n"),
    ("Aes.java", f'String SECRET_RANDOM = "{_SECRET}";\n'),
    ("Net.m", f'#define SESSION_KEY @"com.{_SECRET}"\n'),
    ("actions.go", f'DeleteK8sRegistrySecrets = "{_SECRET}"\n'),
    ("compose.yml", f"  command: --admin-password '$$2y{_SECRET}'\n"),
    ("run.sh", f"mongo admin -u $ROOT -p {_SECRET}\n"),
    ("x.yaml", f'smtpSecret: ".{_SECRET}.x"\n'),
    ("init.pp", f"  $password = '{_SECRET}'\n"),
    ("setup.md", f'secret: "{_SECRET}[.]"\n'),
    ("apt.pp", "  api_key  => '78D6517AB92E22947F577996A0546A43624A8331';\n"),
    ("appveyor.yml", f"  api_token: insecure-{_SECRET}\n"),
    ("a.php", f"$u->link('account/password', '{_SECRET}=' . $l->get('language'));\n"),
    ("b.go", f'\t{{name: "clientSecret", value: "{_SECRET}"}},\n'),
    ("b.yml", f"- {{name: CLIENT_SECRET, value: {_SECRET}}}\n"),
    ("user.pbx.go", f'"\\x19AccessToken\\x12" + token = "{_SECRET}"\n'),
    ("app.ini", "admin.token = 4ACFE3202A5FF5CF467898FC58AAB1D615029441\n"),
    ("app.ini", "admin.passwd = 4acfe3202a5ff5cf467898fc58aab1d615029441\n"),
    ("app.ini", "RECAPTCHA_SECRET = 6LeIxAcTAAAAAGG-vFI1TnR" + "WxMZNFuojJ4WifJWf\n"),
    ("Install.php", f"set('DB_PASSWORD=acme', 'DB_PASSWORD={_SECRET}');\n"),
    ("run.sh", f"r=`mysql -h$HOST -u$USER -p{_SECRET} -D$MYSQL_DB`\n"),
    ("Makefile", f"\techo {_SECRET} | docker login -u AWS --password-stdin acme.com\n"),
    ("Table.cs", f'[DataTable("Password", "{_SECRET}")]\n'),
    ("idp.go", f'"access_token": "{_SECRET}", "expires_in": 7140\n'),
    ("idp.go", f'"access_token": "{_SECRET}" // "expires_in": 7140\n'),
    ("Idp.java", f'// {{"refresh_token": "{_SECRET}"}}\n'),
    ("session_fix.go", f'authToken: "{_SECRET}",\n'),
    # Defaults of Spring's settings, and what commands are given.
    ("A.kt", f'@Value("\\${{jwt.secret:{_SECRET}}}") private val secret: String\n'),
    ("A.java", f'@Value("${{jwt.secret:{_SECRET}}}")\n'),
    ("run.sh", f"echo -n '{_SECRET}' | docker login -u bob --password-stdin\n"),
    ("run.sh", f"echo {_SECRET} | sudo -S systemctl restart web\n"),
    ("run.sh", f"echo 'bob:{_SECRET}' | chpasswd\n"),
    ("run.sh", f"aws configure set aws_secret_access_key {_SECRET}\n"),
    ("run.sh", f"npm config set //registry.acme.com/:_authToken {_SECRET}\n"),
    ("run.sh", f"REDISCLI_AUTH={_SECRET} redis-cli ping\n"),
    ("a.py", 'URL = "postgres://bob:k8$Gh2pQ9$z@db.acme.com/x"\n'),
    ("a.py", 'URL = "https://bob:k8$Gh2pQ9z@git.acme.com/x"\n'),
    # Between dollar signs, and no hash.
    ("site.yml", "db_password: '$xjZRR4j$M81v:[q'\n"),
]


@pytest.mark.parametrize(("path", "text"), _NONE)
def test_what_is_no_secret_is_a_note_at_most(path: str, text: str) -> None:
    assert [f for f in findings(text, path) if f.severity > Severity.NOTE] == []


@pytest.mark.parametrize(("path", "text"), _SOME)
def test_what_stands_in_its_place_is_told(path: str, text: str) -> None:
    assert [f.span.line for f in findings(text, path) if f.severity > Severity.NOTE] == [1]
