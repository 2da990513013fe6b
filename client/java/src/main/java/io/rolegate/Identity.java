package io.rolegate;

/**
 * Who somebody is, in AWS's terms.
 *
 * @param account twelve digits; empty for a service principal
 * @param arn the ARN, or a service principal's name
 * @param userId aws:userid
 */
public record Identity(String account, String arn, String userId) {}
