"""The same for asyncio: a client and sessions whose calls are awaited.

import rolegate.aio

async with rolegate.aio.Client("127.0.0.1:8470", principal=...) as client:
session = await client.assume_role(ROLE, "shop")
if await session.is_allowed("s3:GetObject", "arn:aws:s3:::reports/1"):
...
"""

from __future__ import annotations

from rolegate.aio.client import Client
from rolegate.aio.session import Access, Session
from rolegate.environment import described

__all__ = ["Access", "Client", "Session", "from_environment"]


async def from_environment(*, timeout: float = 5.0) -> Session:
    """The session that the environment describes; all that a pod needs.

    See :func:`rolegate.from_environment`.
    """
    found = described()
    client = Client(
        found.target,
        ca=found.ca,
        cert=found.cert,
        key=found.key,
        session_token=found.session_token,
        timeout=timeout,
    )
    if found.role_arn is None:
        return Session(client)
    try:
        if found.token_file is not None:
            return await client.assume_role_with_web_identity(
                found.role_arn,
                found.role_session_name,
                web_identity_token_file=found.token_file,
            )
        return await client.assume_role(found.role_arn, found.role_session_name)
    except BaseException:
        await client.close()  # nobody else can
        raise
