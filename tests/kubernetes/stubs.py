"""Python stubs of the API, by the generator that the project is built with."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(os.path.dirname(os.path.dirname(HERE)), "proto")


def generate(folder):
    """Makes them in `folder`, from where they can then be imported."""
    os.makedirs(folder)
    names = ("authorization", "context", "decision", "fault", "policy",
             "registry", "security_token")
    subprocess.run(
        ["protoc", "-I", PROTO, f"--python_out={folder}",
         f"--grpc_out={folder}", "--plugin=protoc-gen-grpc="
         + shutil.which("grpc_python_plugin"),
         *(f"rolegate/v1/{name}.proto" for name in names)],
        cwd=PROTO, check=True)
    sys.path.insert(0, folder)
