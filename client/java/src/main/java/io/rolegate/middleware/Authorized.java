package io.rolegate.middleware;

import io.rolegate.Decision;
import io.rolegate.Session;

/**
 * What was asked about a call that reached its handler.
 *
 * @param action what the rule asked for
 * @param resource the resource, with its placeholders replaced
 * @param decision the answer, which allows
 * @param session the caller's session, to ask further questions about it
 */
public record Authorized(String action, String resource, Decision decision, Session session) {}
