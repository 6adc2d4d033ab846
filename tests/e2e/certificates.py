"""Certificates, made by openssl."""

import subprocess


def openssl(*arguments, folder):
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr}"
    return done.stdout


def new_key(folder, name):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.sec1", folder=folder)
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", f"{name}.sec1", "-out", f"{name}.key", folder=folder)


def authority(folder, name):
    """A certificate that others can come from: `name.pem`, and its key."""
    new_key(folder, name)
    openssl("req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-days", "2", "-out", f"{name}.pem", folder=folder)
    return folder / f"{name}.pem"


def issue(folder, name, by, use="serverAuth"):
    """A certificate for this machine, `name.pem`, and its key, `name.key`."""
    new_key(folder, name)
    openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr", folder=folder)
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage={use}\n")
    signer = ("-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", "1", "-extfile", extensions.name)
    openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-out", f"{name}.pem", folder=folder)
    return folder / f"{name}.pem", folder / f"{name}.key"
