"""Certificates, identity tokens and damaged session tokens, by openssl."""
import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import tempfile
import time

MFA_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

CERTIFICATES = """set -e
cd "$1"
ca() {  # ca NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
    -keyout "$1.key" -out "$1.pem" -days 1 -subj "/CN=$1"
}
make() {  # make NAME SUBJECT_ALTERNATIVE_NAMES
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
    -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  printf 'subjectAltName=%s' "$2" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \\
    -days 1 -extfile "$1.ext" -out "$1.pem"
}
ca ca
ca other-ca
make server DNS:localhost,DNS:replicas.example,IP:127.0.0.1,IP:127.0.0.2
make shop URI:spiffe://example.org/shop
"""


def openssl(*arguments, data=None):
    return subprocess.run(("openssl", *arguments), input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def make_certificates(folder):
    subprocess.run(["sh", "-s", folder], input=CERTIFICATES.encode(),
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_json(value):
    return encode(json.dumps(value).encode())


class Issuer:
    """An OpenID Connect provider with one RSA key."""

    def __init__(self, path):
        self.path = path
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                "rsa_keygen_bits:2048", "-out", path)

    def jwks(self):
        text = openssl("rsa", "-in", self.path, "-noout", "-modulus")
        modulus = bytes.fromhex(text.decode().split("=")[1].strip())
        return {"keys": [{"kid": "rsa", "alg": "RS256", "use": "sig",
                          "kty": "RSA", "n": encode(modulus), "e": "AQAB"}]}

    def token(self, issuer, subject, audience, lives):
        now = int(time.time())
        message = ".".join(encode_json(part) for part in (
            {"alg": "RS256", "kid": "rsa"},
            {"iss": issuer, "aud": audience, "sub": subject,
             "iat": now - 600, "nbf": now - 600, "exp": now + lives}))
        signature = openssl("dgst", "-sha256", "-sign", self.path,
                            data=message.encode())
        return f"{message}.{encode(signature)}"


def sign_session(claims, kid, key_file, header=None):
    """A session token with these claims by a server's own key."""
    message = ".".join(encode_json(part) for part in (
        header or {"alg": "EdDSA", "kid": kid, "typ": "rolegate-session+jwt"},
        claims))
    # Ed25519 signs files of a known size only.
    with tempfile.NamedTemporaryFile() as file:
        file.write(message.encode())
        file.flush()
        signature = openssl("pkeyutl", "-sign", "-inkey", key_file, "-rawin",
                            "-in", file.name)
    return f"{message}.{encode(signature)}"


def changed_session(token, change, keys):
    """`token` after `change`, as somebody would try it.

    `signature` alters the signature's last byte but keeps its form; `role`
    alters a claim and keeps the signature; the others are signed again by the
    server's key in `keys`, so that nothing but the one thing is wrong.
    """
    head, body, signature = token.split(".")
    header, claims = json.loads(decode(head)), json.loads(decode(body))
    now = int(time.time())
    if change == "signature":
        raw = bytearray(decode(signature))
        raw[0] ^= 1
        return f"{head}.{body}.{encode(bytes(raw))}"
    if change == "role":
        claims["role"] = claims["role"].replace("Reader", "Next")
        return f"{head}.{encode_json(claims)}.{signature}"
    if change == "none":
        return f"{encode_json({**header, 'alg': 'none'})}.{body}."
    if change == "expired":
        claims.update(iat=now - 7200, nbf=now - 7200, exp=now - 3600)
    elif change == "early":
        claims.update(iat=now + 600, nbf=now + 600, exp=now + 3600)
    elif change == "audience":
        claims["aud"] = "somebody-else"
    elif change == "issuer":
        claims["iss"] = "https://somebody-else.example"
    elif change == "type":
        header["typ"] = "JWT"
    elif change == "kid":
        header["kid"] = "unknown"
    else:
        raise ValueError(change)
    return sign_session(claims, header["kid"],
                        os.path.join(keys, json.loads(decode(head))["kid"]
                                     + ".pem"), header)


def mfa_code():
    """The code of alice's device (RFC 6238), at a fresh step."""
    step = int(time.time()) // 30
    digest = hmac.new(base64.b32decode(MFA_SEED), struct.pack(">Q", step),
                      hashlib.sha1).digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff
    return "%06d" % (number % 1_000_000)
