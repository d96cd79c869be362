// Package loginsession is AWS's sign-in to the console for programs, as aws login uses it: the pages, and
// CreateOAuth2Token. It is as strict as AWS: proofs are verified, and so are challenges; codes, refresh tokens and
// proofs serve once. Its credentials last 15 minutes.
//
// It keeps no clock of its own and makes no credentials: whoever runs it does.
package loginsession
