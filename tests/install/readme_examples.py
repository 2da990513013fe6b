"""Builds and runs the examples of the C++ client's README, as a stranger does.

  readme_examples.py PREFIX WORK SOURCE

PREFIX is where Rolegate is installed; nothing of the checkout but the README is
used, and the demo's registry by the server that the examples ask.
"""
import json
import os
import re
import subprocess
import sys
import time

prefix, work, source = (os.path.abspath(each) for each in sys.argv[1:4])
with open(f"{source}/client/cpp/README.md", encoding="utf-8") as file:
    readme = file.read()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.S | re.M)


def write(folder, name, text):
    os.makedirs(f"{work}/{folder}", exist_ok=True)
    with open(f"{work}/{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(text)


def build(folder):
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "-S", f"{work}/{folder}", "-B",
                    f"{work}/{folder}/build", "-G", "Ninja",
                    f"-DCMAKE_PREFIX_PATH={prefix}"], **quiet)
    subprocess.run(["cmake", "--build", f"{work}/{folder}/build"], check=True)
    return f"{work}/{folder}/build/shop"


(cmake,), (first, guarded), (proto,) = map(blocks, ("cmake", "cpp", "proto"))
write("first", "CMakeLists.txt", cmake)
# The same project with the messages of its own service.
write("guarded", "CMakeLists.txt", cmake.replace(
    "find_package(rolegate REQUIRED)", "find_package(rolegate REQUIRED)\n"
    "find_program(grpc_cpp_plugin grpc_cpp_plugin REQUIRED)\n"
    "add_custom_command(OUTPUT orders.pb.cc orders.grpc.pb.cc\n"
    "  COMMAND protoc -I ${CMAKE_SOURCE_DIR} --cpp_out . --grpc_out .\n"
    "    --plugin=protoc-gen-grpc=${grpc_cpp_plugin} orders.proto\n"
    "  DEPENDS orders.proto)").replace(
        "shop shop.cc", "shop shop.cc orders.pb.cc orders.grpc.pb.cc")
      + "target_include_directories(shop PRIVATE ${CMAKE_BINARY_DIR})\n")
write("guarded", "shop.cc", guarded)
write("guarded", "orders.proto", proto)

server = subprocess.Popen(
    [f"{prefix}/bin/rolegated", "--registry",
     f"{source}/deploy/demo/registry", "--listen", "127.0.0.1:0", "--dev",
     "--ready-file", f"{work}/ready"], stderr=subprocess.DEVNULL)
try:
    while not os.path.exists(f"{work}/ready"):
        assert server.poll() is None, "the server did not start"
        time.sleep(0.05)
    with open(f"{work}/ready", encoding="utf-8") as file:
        address = json.load(file)["listeners"][0]
    answer = json.loads(subprocess.run(
        [f"{prefix}/bin/rolegate", "assume-role", "--server", address,
         "--principal", "service:ec2.amazonaws.com", "--role-session-name",
         "shop", "--role-arn", "arn:aws:iam::123456789012:role/Reader",
         "--output", "json"], check=True, stdout=subprocess.PIPE).stdout)
    environment = {**os.environ, "ROLEGATE_SERVER": address,
                   "ROLEGATE_SESSION_TOKEN":
                       answer["Credentials"]["SessionToken"]}
    write("first", "shop.cc", first.replace("127.0.0.1:8470", address))
    said = subprocess.run([build("first")], env=environment, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    assert said == "true\n", said
    with subprocess.Popen([build("guarded")], env=environment, text=True,
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as shop:
        said = shop.stdout.readline()
        assert re.fullmatch(r"127\.0\.0\.1:\d+\n", said), said
        shop.stdin.close()
        shop.wait(20)
    assert shop.returncode == 0, shop.returncode
finally:
    server.terminate()
    server.wait()
print("the README's examples do what it says")
