/**
 * The client of Rolegate: sessions of roles, and what they may do.
 *
 * <p>Start with {@link io.rolegate.RolegateClient}.
 */
package io.rolegate;
