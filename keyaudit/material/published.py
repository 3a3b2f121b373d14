"""Keys whose private halves are published: in standards, in test suites, in images.

They are identified by the SHA-256 of their SubjectPublicKeyInfo. Such a key protects nothing, since
anybody can use it. The package badkeys has thousands more, which `weak` looks up if it is
installed.
"""

from __future__ import annotations

_BY_PLACE = {
    "Vagrant's boxes": ("bde93142b0780b2a66d27977d35f4f542e71cc538d491fe6609e2380b747a027",),
    "Phusion's baseimage": ("4a769aca62940627b9ec490df67919ee25bed59e031d9b380446861128322ab6",),
    "RFC 7517 A": (
        "51b944cdfa544d4c3273aa6bf350625a7dd53bbb6a71723274f538b19a207760",
        "ad32320cf6c596d884b05381ba573aba8ddd5749b4de8f4a23a79f9a89ddaeb2",
    ),
    "RFC 7517 C.1": ("a4109e6bac8043ec089a57064aeb14d0b5fd5025b95810541c52a168aa565344",),
    "RFC 7515 A.2": ("6fd13c2435a361e7c588cd17f55f5ad3df0177a66c1727a6a200845f4d7ab88c",),
    "RFC 7515 A.3": ("2bd1bb0c44a897c30a7aa0991cde38d8062fe441de50da0f46825344f602e827",),
    "RFC 7515 A.4": ("9146ce73d6abeda5e0ab6926e7bd9b563f2f2258b488d520534a0b84ba5871df",),
    "RFC 7516 A.1": ("bf0a7a74f9afb6edda89ebabe824241bfdb281db2da50daae9973c6cbe99fe95",),
    "RFC 7516 A.2": ("c1de70b4f5ae92a53b86f6a7175e3b9b88b2f810d55aba53aca334c59fc2ea60",),
    "RFC 8037 A.1": ("06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9",),
    "RFC 7520 3": (
        "c6479a15a50ac4cd9b6414e27c69bf37345dc1046dc648875c4898fbd35cc74b",
        "627771f25da426d1f9ae315e42106d700b1529850eee1592acf39603959d795d",
    ),
    "RFC 7520 5.1": ("229cabb741449d91d703195d4d69814fdcae96bf2f58960ae2711cedd61e3514",),
    "RFC 7520 5.2": ("c8579d8d878fb8eab2a6f1e714c92118b9960e1478ed906496255ed405db1636",),
    "CPython's tests, test/certdata": (
        "ab8e035b61375a026a577d38c424249b74b59795e8690aecf05fcf1c23e27998",
        "9e4456c9dc7098dc4330cc8f0f84f27f7771543758a68b03e93b2615a412eb4f",
        "a0eb5a3d1414086256cfd994b4afe2c759376087269d7cede24af0dd95c30ab6",
        "be4c89ae84278a5efc10bd6bfa615e3f84b9a91110b17bb52ba6a351eaa14d4d",
        "c3e2fc4b8742a19c114912a4fcdd9d0c58e3481c6eb4ce447b778bb7edfdde83",
        "8064304dc78d97bb96dcf71c5edeb7abe8412efeab98972a9749df0ab065ad37",
        "0a8b54336a8f109dbf0f1cf6f8ba46f9e31aeaf0c07af3fa56868f0487d895da",
        "990c02b92948ebe7dd937acf1ee7bda652aee927ae71dcaa027a28d8df0a23fe",
        "3610893ac98cb708ebe91f3d7a7da48d9a15e9cd74ddca2976c4072ad5b9e5b4",
        "b27242ebec6d3db0ebbe05bb7c650a421ff90348629d3e0410bc7369b337d4fd",
    ),
}
_PLACES = {identity: place for place, identities in _BY_PLACE.items() for identity in identities}


def place_of(identity: str) -> str:
    """Where the private half of the key with this identity is published; "" if not known."""
    return _PLACES.get(identity, "")
