// Package awstest is an AWS on loopback: the Security Token Service, the part of IAM that access keys and MFA devices
// need, and, in packages of their own, the console with its sign-in federation endpoint (console), IAM Identity
// Center (identitycenter) and listing S3 (s3). One server plays all of them, by path. Package oidc plays a provider
// whose tokens STS takes.
//
// It is as strict as AWS is documented to be. It verifies Signature Version 4 from the bytes it received, session
// tokens and expiry; it enforces the limits of the STS and IAM API models, trust (principal, external ID, MFA, source
// identity, session tags), the single use of token codes and the one-hour limit of role chaining; it answers with
// AWS's error codes, texts and XML. It records every call and injects faults on request.
//
// It never listens on anything but 127.0.0.1, never calls out, keeps all state in memory, and never shows a secret in
// what it records.
package awstest
