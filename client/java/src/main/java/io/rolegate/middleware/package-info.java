/**
 * Puts Rolegate before the handlers of a service: a table of {@link io.rolegate.middleware.Rule}s
 * says what each route or gRPC method needs, and what no rule matches is denied.
 *
 * <ul>
 *   <li>{@link io.rolegate.middleware.RolegateServerInterceptor} guards gRPC services.
 *   <li>{@link io.rolegate.middleware.RolegateFilter} guards servlets; it needs {@code
 *       jakarta.servlet:jakarta.servlet-api} 6.0 or later.
 *   <li>{@link io.rolegate.middleware.RolegateAuthorizationManager} guards what Spring Security
 *       does; it needs {@code org.springframework.security:spring-security-web} 6.4 or later.
 * </ul>
 *
 * <p>No answer is kept: each call is asked about, once, when it begins.
 */
package io.rolegate.middleware;
