// Package identitycenter is an IAM Identity Center on loopback, a part of
// awstest: client registrations, the authorization code flow with PKCE, the
// device flow, access and refresh tokens, the pages that a person answers, and
// the portal's lists and role credentials.
//
// It is as strict as AWS is documented to be, and as the API models are: clients
// expire and are held to their grant types, scopes and redirect URIs; codes and
// refresh tokens work once; a device that polls too fast is told so; a token
// serves its own region. Where AWS does not say what it does, the comment beside
// the rule does.
//
// It listens nowhere, calls nobody, and asks its caller for the time and for
// role credentials.
package identitycenter
