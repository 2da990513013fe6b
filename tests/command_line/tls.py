"""Certificates for the tests of the command line, by the openssl program."""
import os
import subprocess


def _openssl(work, *words):
    subprocess.run(["openssl", *words], cwd=work, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def authority(work, name):
    _openssl(work, "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
             "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "2")
    return os.path.join(work, f"{name}.pem")


def certificate(work, name, ca, names, days=2):
    """Returns the paths of the certificate and its key."""
    _openssl(work, "req", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
             "-out", f"{name}.csr", "-subj", f"/CN={name}")
    extensions = os.path.join(work, f"{name}.ext")
    with open(extensions, "w", encoding="utf-8") as file:
        file.write(f"subjectAltName={names}\n")
    _openssl(work, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem",
             "-CAkey", f"{ca}.key", "-CAcreateserial", "-out", f"{name}.pem",
             "-days", str(days), "-extfile", extensions)
    return (os.path.join(work, f"{name}.pem"),
            os.path.join(work, f"{name}.key"))
