"""From nothing to the first decision.

Start `make run` in the project's folder, then run this.
"""

import os

import rolegate

client = rolegate.Client(
    os.environ.get("ROLEGATE_SERVER", "127.0.0.1:8470"),
    principal="service:ec2.amazonaws.com",
)
session = client.assume_role("arn:aws:iam::123456789012:role/Reader", "shop")

for action in ("s3:GetObject", "s3:PutObject"):
    decision = session.authorize(action, "arn:aws:s3:::example-bucket/a")
    print("ALLOW" if decision.allowed else "DENY", action, "-", decision.reason)
