"""Certificates and keys that one run of the test bed uses, made with openssl."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from testbed.processes import Failure

class Authority:
    """A certificate authority that only this run uses, made with openssl."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.certificate = folder / f"{name}.crt"
        self.key = folder / f"{name}.key"
        new_key(self.key)
        openssl(
            "req", "-x509", "-new", "-sha256", "-days", "30", "-key", self.key,
            "-out", self.certificate, "-subj", f"/CN={name}", "-config", os.devnull,
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-addext", "subjectKeyIdentifier=hash",
        )  # fmt: skip

    def issue(self, name: str, hosts: str, dates: Optional[tuple[str, str]] = None) -> "Pair":
        """Issues a certificate with `openssl ca`, because only that accepts dates in the past."""
        pair = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        new_key(pair.key)
        work = self.folder / f"{name}.ca"
        work.mkdir()
        (work / "index").touch()
        (work / "openssl.cnf").write_text(
            "[ca]\ndefault_ca=own\n"
            f"[own]\ndatabase={work}/index\nnew_certs_dir={work}\nrand_serial=yes\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\nx509_extensions=leaf\n"
            "[any]\ncommonName=supplied\n"
            "[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            "extendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\n"
            f"authorityKeyIdentifier=keyid\nsubjectAltName={hosts}\n"
        )
        openssl(
            "req", "-new", "-sha256", "-key", pair.key, "-out", work / "request",
            "-subj", f"/CN={name}", "-config", os.devnull,
        )  # fmt: skip
        period = ["-startdate", dates[0], "-enddate", dates[1]] if dates else ["-days", "30"]
        openssl(
            "ca", "-batch", "-notext", "-config", work / "openssl.cnf", "-in", work / "request",
            "-cert", self.certificate, "-keyfile", self.key, "-out", pair.certificate, *period,
        )  # fmt: skip
        shutil.rmtree(work)
        return pair


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


def new_key(path: Path) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)


def openssl(*arguments: Any) -> None:
    command = ["openssl", *map(str, arguments)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except FileNotFoundError as error:
        raise Failure("openssl is missing") from error
    except subprocess.CalledProcessError as error:
        message = error.stderr.decode(errors="replace").strip()
        raise Failure(f"openssl {arguments[0]} failed: {message}") from error


LOCAL_HOSTS = "DNS:localhost,IP:127.0.0.1"


class Certificates:
    def __init__(self, folder: Path, *more_hosts: str) -> None:
        """`more_hosts` are names of an API server besides those of loopback, as in OpenSSL's
        subjectAltName."""
        folder.mkdir()
        self.authority = Authority(folder, "ca")
        self.foreign = Authority(folder, "foreign-ca")
        self.serving = self.authority.issue("serving", ",".join([LOCAL_HOSTS, *more_hosts]))
        self.proxy = self.authority.issue("proxy", LOCAL_HOSTS)
        past = ("20200101000000Z", "20200201000000Z")
        self.bad = {
            "foreignCA": self.foreign.issue("foreign", LOCAL_HOSTS),
            "expired": self.authority.issue("expired", LOCAL_HOSTS, past),
            "renewable": self.authority.issue("renewable", LOCAL_HOSTS, past),
            "wrongHost": self.authority.issue("wrong-host", "DNS:elsewhere.invalid"),
        }
        self.accounts_key = folder / "service-accounts.key"
        self.accounts_public = folder / "service-accounts.pub"
        new_key(self.accounts_key)
        openssl("pkey", "-in", self.accounts_key, "-pubout", "-out", self.accounts_public)
