"""Programs that use AWS KMS and Secrets Manager, with a client that writes down what it is asked."""

from __future__ import annotations

from tests.fixes.program import program

_FAKE = """
import boto3, logging
asked = []
class Fake:
    def __getattr__(self, name):
        def call(**given):
            asked.append((name, given))
            if name == "fails" or given.get("KeyId") == "fails" and name == "decrypt":
                raise RuntimeError("no")
            return {"KeyMetadata": {"KeyId": "k-1", "Arn": "arn"}, "Plaintext": b"text", "ARN": "a",
                    "CiphertextBlob": b"blob", "Aliases": [{"AliasName": "alias/a"}], "Grants": grants}
        return call
grants = []
boto3.client = lambda *names, **given: Fake()
import app
"""


def kms(name: str, rule: str, source: str, works: str, proof: str, *, unsafe: bool = False):  # type: ignore[no-untyped-def]
    """A program whose checks begin with the fake client."""
    from textwrap import dedent

    return program(name, rule, source, _FAKE + dedent(works), _FAKE + dedent(proof), unsafe=unsafe)


KMS = [
    kms(
        "rotation of a new key",
        "KA501",
        """
        import boto3

        client = boto3.client("kms")


        def new_key(purpose):
            return client.create_key(
                Description=purpose,
                Tags=[{"TagKey": "purpose", "TagValue": purpose}],
            )["KeyMetadata"]["KeyId"]
        """,
        "assert app.new_key('x') == 'k-1' and asked[0][1]['Description'] == 'x'",
        "app.new_key('x')\nassert ('enable_key_rotation', {'KeyId': 'k-1'}) in asked",
    ),
    kms(
        "a short waiting period",
        "KA704",
        """
        import boto3


        class Keys:
            WAIT = 7

            def __init__(self):
                self.client = boto3.client("kms")

            def destroy(self, key_id):
                self.client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=self.WAIT)
        """,
        "app.Keys().destroy('k')\nassert asked[-1][1]['KeyId'] == 'k'",
        "app.Keys().destroy('k')\nassert asked[-1][1]['PendingWindowInDays'] == 30",
    ),
    kms(
        "a secret destroyed at once",
        "KA711",
        """
        import boto3


        def forget(name):
            client = boto3.client("secretsmanager")
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        """,
        "app.forget('s')\nassert asked[-1][1]['SecretId'] == 's'",
        "app.forget('s')\nassert not asked[-1][1].get('ForceDeleteWithoutRecovery')",
    ),
    kms(
        "a key that stays on",
        "KA602",
        """
        import boto3


        def read_legacy_record(key_id, blob):
            client = boto3.client("kms")
            client.enable_key(KeyId=key_id)
            text = client.decrypt(CiphertextBlob=blob, KeyId=key_id)["Plaintext"]
            client.disable_key(KeyId=key_id)
            return text
        """,
        "assert app.read_legacy_record('k', b'') == b'text' and [n for n, _ in asked][-1] == 'disable_key'",
        """
        try:
            app.read_legacy_record("fails", b"")
        except RuntimeError:
            pass
        assert [name for name, _ in asked][-1] == "disable_key"
        """,
    ),
    kms(
        "aliases of a retired key",
        "KA601",
        """
        import boto3

        client = boto3.client("kms")


        def archive_key(key_id):
            client.disable_key(KeyId=key_id)
        """,
        "app.archive_key('k')\nassert ('disable_key', {'KeyId': 'k'}) in asked",
        "app.archive_key('k')\nassert ('delete_alias', {'AliasName': 'alias/a'}) in asked",
    ),
    kms(
        "a retired key that nothing tells of",
        "KA603",
        """
        import boto3

        client = boto3.client("kms")


        def retire(key_id, alias):
            client.delete_alias(AliasName=alias)
            client.disable_key(KeyId=key_id)
        """,
        "app.retire('k', 'a')\nassert [n for n, _ in asked] == ['delete_alias', 'disable_key']",
        """
        seen = []
        handler = logging.Handler()
        handler.emit = lambda record: seen.append(record.getMessage())
        logging.getLogger("app").addHandler(handler)
        app.retire("k-9", "a")
        logging.getLogger("app").removeHandler(handler)
        assert any("k-9" in text for text in seen)
        """,
    ),
    kms(
        "a key destroyed unseen",
        "KA705",
        """
        import boto3
        import logging

        client = boto3.client("kms")


        def destroy(key_id):
            logging.info("destroying %s", key_id)
            client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=30)
        """,
        "app.destroy('k')\nassert asked[-1][0] == 'schedule_key_deletion'",
        """
        grants.append({"GrantId": "g"})
        try:
            app.destroy("k")
        except RuntimeError:
            pass
        assert "schedule_key_deletion" not in [name for name, _ in asked]
        """,
        unsafe=True,
    ),
    kms(
        "errors that disappear",
        "KA708",
        """
        import boto3


        def destroy(key_id):
            client = boto3.client("kms")
            try:
                client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=30)
            except:
                pass
            return "done"
        """,
        "assert app.destroy('k') == 'done'",
        """
        seen = []
        handler = logging.Handler()
        handler.emit = lambda record: seen.append(record)
        logging.getLogger("app").addHandler(handler)
        Fake.schedule_key_deletion = property(lambda self: 1 / 0)
        assert app.destroy("k") == "done"
        logging.getLogger("app").removeHandler(handler)
        assert seen and seen[0].exc_info
        """,
    ),
    kms(
        "no encryption context",
        "KA405",
        """
        import boto3

        client = boto3.client("kms")


        def seal(key_id, data):
            return client.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]


        def unseal(blob):
            return client.decrypt(CiphertextBlob=blob)["Plaintext"]
        """,
        "assert app.seal('k', b'') == b'blob' and app.unseal(b'') == b'text'",
        """
        app.seal("k", b""); app.unseal(b"")
        one, other = [given.get("EncryptionContext") for _, given in asked]
        assert one and one == other
        """,
        unsafe=True,
    ),
]
