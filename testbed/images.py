"""Container images for tests, and how they get into a registry."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import random
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

from testbed.client import Client, Object, StatusError
from testbed.processes import Failure

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class Link:
    """A symbolic link in a layer."""

    target: str


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(files: dict[str, Union[bytes, Path, Link]]) -> bytes:
    """An uncompressed layer. Everything in it is executable and belongs to root."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.mode = 0o755
            if isinstance(content, Link):
                entry.type, entry.linkname = tarfile.SYMTYPE, content.target
                archive.addfile(entry)
            else:
                data = content if isinstance(content, bytes) else content.read_bytes()
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


@dataclass(frozen=True)
class Image:
    """A manifest, and everything it names by digest."""

    manifest: bytes
    blobs: dict[str, bytes]


def image(layers: list[bytes], **config: Any) -> Image:
    """An image of these uncompressed layers; `config` is what a Dockerfile sets, such as `User`."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    packed = [gzip.compress(data, 1, mtime=0) for data in layers]
    settings = json.dumps(
        {
            "architecture": machine,
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [digest(data) for data in layers]},
        }
    ).encode()

    def descriptor(kind: str, data: bytes) -> Object:
        return {"mediaType": kind, "digest": digest(data), "size": len(data)}

    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, settings),
        "layers": [descriptor(LAYER, data) for data in packed],
    }
    return Image(
        json.dumps(manifest).encode(), {digest(data): data for data in [settings, *packed]}
    )


def busybox_layer(busybox: Path) -> bytes:
    """A static busybox, with the names that tests and pods call it by."""
    names = ["bin/sh", "bin/sleep", "bin/cat", "bin/cp"]
    return layer({"bin/busybox": busybox, **{name: Link("busybox") for name in names}})


def unique_layer(name: str, size: int = 1000) -> bytes:
    """A layer that no other image has, so that it has to be pulled."""
    return layer({f"content/{name}": random.Random(name).randbytes(size)})


def from_layout(folder: Path) -> Image:
    """The only image of an OCI layout (https://github.com/opencontainers/image-spec), or the one
    for this machine."""

    def blob(name: str) -> bytes:
        return (folder / "blobs" / name.replace(":", "/")).read_bytes()

    manifest = blob(json.loads((folder / "index.json").read_text())["manifests"][0]["digest"])
    parts = json.loads(manifest)
    names = [parts["config"]["digest"], *(each["digest"] for each in parts["layers"])]
    return Image(manifest, {name: blob(name) for name in names})


def puller_image(program: Path) -> Image:
    """An image of the puller with the libraries that this machine has, for a program that was
    built on it."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    libraries = {Path(found) for found in re.findall(r"(/\S+) \(0x", listed)}
    files: dict[str, Union[bytes, Path, Link]] = {
        str(Path(os.path.normpath(library))): library for library in libraries
    }
    files["usr/local/bin/kubernetes-image-puller"] = program
    return image(
        [layer(files)], User="65532:65532", Entrypoint=["/usr/local/bin/kubernetes-image-puller"]
    )


def archive(archived: Image, name: str) -> bytes:
    """An OCI archive, which `ctr images import` gives this name."""
    descriptor = {
        "mediaType": MANIFEST,
        "digest": digest(archived.manifest),
        "size": len(archived.manifest),
        "annotations": {"io.containerd.image.name": name},
    }
    files: dict[str, Union[bytes, Path, Link]] = {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [descriptor]}).encode(),
    }
    for data in [archived.manifest, *archived.blobs.values()]:
        files["blobs/" + digest(data).replace(":", "/")] = data
    return layer(files)


def push(registry: str, repository: str, tag: str, pushed: Image) -> None:
    """Pushes by the protocol of the distribution specification."""
    client = Client(registry, None, timeout=60)
    try:
        for name, data in pushed.blobs.items():
            _, headers, _ = exchange(client, "POST", f"/v2/{repository}/blobs/uploads/", b"")
            location = headers["Location"].removeprefix(registry)
            joint = "&" if "?" in location else "?"
            kind = {"Content-Type": "application/octet-stream"}
            exchange(client, "PUT", f"{location}{joint}digest={name}", data, kind)
        media_type = json.loads(pushed.manifest).get("mediaType", MANIFEST)
        path = f"/v2/{repository}/manifests/{tag}"
        exchange(client, "PUT", path, pushed.manifest, {"Content-Type": media_type})
    finally:
        client.close()


def exchange(
    client: Client,
    method: str,
    path: str,
    body: bytes,
    headers: Optional[dict[str, str]] = None,
) -> Any:
    answer = client.exchange(method, path, body, headers)
    if not 200 <= answer[0] < 300:
        raise Failure(f"the registry: {method} {path}: {StatusError(answer[0], answer[2])}")
    return answer
