"""Compiles the example that opens each public header, and runs the first one.

  header_examples.py PREFIX WORK SOURCE

PREFIX is where Rolegate is installed.  Also holds that nothing else of ours is
installed than these headers and the generated ones.
"""
import os
import re
import subprocess
import sys

prefix, work, source = (os.path.abspath(each) for each in sys.argv[1:4])

# What each example takes as given, and what it returns.
SURROUNDINGS = {
    "client": "absl::Status Example()",
    "decision": "bool Example(const rolegate::engine::Question& question, "
                "const rolegate::engine::Snapshot& snapshot)",
    "diagnostic": "void Example(const rolegate::Diagnostics& faults)",
    "middleware": "grpc::Status Example(rolegate::Session* session, "
                  "grpc::ServerContext* context, "
                  "const google::protobuf::Message* request, "
                  "grpc::ServerCredentials* credentials)",
    "policy": "void Example()",
    "question": "void Example(const rolegate::engine::Snapshot& snapshot)",
    "registry": "void Example()",
    "session": "absl::Status Example()",
}


def example(text):
    """All indented lines of the comment that opens the header."""
    opening = text[:text.index("#ifndef")]
    first = opening[opening.index("\n//   "):]
    return "\n".join(line[5:] for line in first.split("\n")
                     if re.match(r"//   |//$", line))


os.makedirs(work, exist_ok=True)
installed = sorted(os.listdir(f"{prefix}/include/rolegate"))
assert sorted(os.listdir(f"{prefix}/include")) == ["rolegate"]
assert installed == sorted(os.listdir(f"{source}/include/rolegate")) + ["v1"], \
    installed
for name in installed:
    if name in ("engine.h", "v1"):
        continue
    with open(f"{prefix}/include/rolegate/{name}", encoding="utf-8") as file:
        body = example(file.read())
    header = name[:-2]
    end = "" if "void" in SURROUNDINGS[header] else " return {};"
    path = f"{work}/{header}.cc"
    with open(path, "w", encoding="utf-8") as file:
        file.write("#include <grpcpp/security/server_credentials.h>\n"
                   "#include <iostream>\n"
                   f'#include "rolegate/{name}"\n'
                   f"{SURROUNDINGS[header]} {{\n{body}\n{end}}}\n")
    subprocess.run(["c++", "-std=c++20", "-fsyntax-only", "-Wall",
                    "-Wno-unused", "-I", f"{prefix}/include", path],
                   check=True)

with open(f"{prefix}/include/rolegate/engine.h", encoding="utf-8") as file:
    program = example(file.read())
program = program[:program.rindex("}") + 1]
assert program.count("\n") < 30, "the first example has 30 lines at most"
os.makedirs(f"{work}/engine", exist_ok=True)
with open(f"{work}/engine/stranger.cc", "w", encoding="utf-8") as file:
    file.write(program + "\n")
with open(f"{work}/engine/CMakeLists.txt", "w", encoding="utf-8") as file:
    file.write("cmake_minimum_required(VERSION 3.25)\n"
               "project(stranger LANGUAGES CXX)\n"
               "set(CMAKE_CXX_STANDARD 20)\n"
               "find_package(rolegate REQUIRED)\n"
               "add_executable(stranger stranger.cc)\n"
               "target_link_libraries(stranger PRIVATE rolegate::engine)\n")
quiet = {"check": True, "stdout": subprocess.DEVNULL}
subprocess.run(["cmake", "-S", f"{work}/engine", "-B", f"{work}/engine/build",
                "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}"], **quiet)
subprocess.run(["cmake", "--build", f"{work}/engine/build"], **quiet)
said = subprocess.run(
    [f"{work}/engine/build/stranger", f"{source}/deploy/demo/registry"],
    check=False, stdout=subprocess.PIPE, text=True)
assert said.returncode == 0 and "s3:GetObject" in said.stdout, said
print(f"the examples of {len(installed) - 1} headers compile, and the first "
      "one decides")
