// Who asks about whom.
import assert from "node:assert/strict";
import { it } from "node:test";

import { startRolegate } from "./fake.mjs";

const ROLE = { roleArn: "r", roleSessionName: "s" };

it("the caller is who asks, and the token is what is asked about", async (context) => {
  const { client, asked, callers, stop } = await startRolegate();
  context.after(stop);
  const own = await client.assumeRole(ROLE);
  const shop = "service:shop.example";
  for (const [session, caller, about] of [
    [own, "Bearer own-1", undefined],
    [client.caller(), shop, undefined],
    [client.forToken("good"), shop, "good"],
    [own.forToken("good"), "Bearer own-1", "good"],
    [own.forToken("denied").forToken("good"), "Bearer own-1", "good"],
    [client.forToken("denied").forToken("good"), shop, "good"],
  ]) {
    await session.authorize("a:B", "*");
    assert.equal(callers.pop(), caller);
    assert.equal(asked.pop().sessionToken, about);
  }
  // A service that got no token must not ask about itself.
  for (const session of [client.forToken(""), own.forToken("")]) {
    await assert.rejects(session.authorize("a:B", "*"), { name: "InvalidClientTokenId" });
    assert.equal(asked.pop().sessionToken, "");
  }
});

it("a session that asks for others is renewed", async (context) => {
  const { client, callers, stop } = await startRolegate({ lives: 1 });
  context.after(stop);
  const own = await client.assumeRole(ROLE);
  const brought = own.forToken("good");
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await brought.authorize("a:B", "*");
  assert.equal(callers.pop(), "Bearer own-2");
});
