"""Assumes a role of the demo and asks what its session may do."""
import os
import sys

from rolegate_client import Client

client = Client(os.environ.get("ROLEGATE_SERVER", "127.0.0.1:8470"),
                principal="service:ec2.amazonaws.com")
reader = client.session("arn:aws:iam::123456789012:role/Reader", "example")

bucket = "arn:aws:s3:::example-bucket"
questions = [("s3:ListBucket", bucket, True),
             ("s3:GetObject", bucket + "/report.txt", True),
             ("s3:PutObject", bucket + "/report.txt", False)]
wrong = 0
for action, resource, expected in questions:
    allowed = reader.is_allowed(action, resource)
    print(f"{action:14} {resource:42} {'ALLOW' if allowed else 'DENY'}")
    wrong += allowed != expected
sys.exit(1 if wrong else 0)
