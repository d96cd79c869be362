package awstest

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"hatstand/credproc/awstest/console"
	"hatstand/credproc/awstest/s3"
	"hatstand/credproc/awstest/sigv4"
)

// queryService tells STS from IAM: by the API version, then by the credential
// scope. On AWS the host name tells them apart; here they share one.
func queryService(x *exchange) string {
	switch x.params.Get("Version") {
	case iamVersion:
		return "iam"
	case stsVersion:
		return "sts"
	}
	if sig, e := sigv4.Read(x.r); e == nil && sig.Service == "iam" {
		return "iam"
	}
	return "sts"
}

func (x *exchange) namespace() string {
	if x.call.Service == "iam" {
		return iamNamespace
	}
	return stsNamespace
}

func (x *exchange) fail(e *refusal) reply {
	if x.call.Service == console.SignIn || x.call.Service == console.Console {
		return fromConsole(console.Failure(e.status, e.code, e.message))
	}
	if x.call.Service == s3.Name {
		return fromS3(s3.Failure(e.status, e.code, e.message, x.id))
	}
	return failure(e, x.id, x.namespace())
}

// action answers with the members of its result, or refuses. It runs under mu.
type action func(s *Server, x *exchange, who *principal) ([]el, *refusal)

func findAction(service, name string) action {
	if service == "iam" {
		return iamAction(name)
	}
	return stsAction(name)
}

// query takes a call of STS or IAM from its bytes to its answer.
func (s *Server) query(x *exchange) reply {
	result, e := s.perform(x)
	if e != nil {
		return x.fail(e)
	}
	return success(x.call.Action, x.id, x.namespace(), result)
}

func (s *Server) perform(x *exchange) ([]el, *refusal) {
	// What the request claims is recorded even if it is refused for another reason.
	sig, unsigned := sigv4.Read(x.r)
	x.call.AccessKeyID, x.call.Region = sig.KeyID, sig.Region

	name, version := x.call.Action, x.params.Get("Version")
	if name == "" {
		return nil, refuse(http.StatusBadRequest, "MissingAction",
			"The request is missing an action or a required parameter.")
	}
	if name == "AssumeRoleWithWebIdentity" && version == stsVersion {
		return s.assumeRoleWithWebIdentity(x)
	}
	if name == "AssumeRoleWithSAML" && version == stsVersion {
		return s.assumeRoleWithSAML(x)
	}
	act := findAction(x.call.Service, name)
	if version == "" {
		version = "NO_VERSION_SPECIFIED"
	}
	if act == nil || (version != stsVersion && version != iamVersion) {
		return nil, refuse(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version %s", name,
			version)
	}
	if unsigned != nil {
		return nil, signatureRefused(unsigned)
	}
	who, e := s.authenticate(x, &sig)
	if e != nil {
		return nil, e
	}
	x.call.Caller = who.arn
	return act(s, x, who)
}

// The two texts of InvalidClientTokenId: AWS ends the one for unknown keys with a
// full stop and the one for tokens without.
func unknownKey() *refusal {
	return refuse(http.StatusForbidden, "InvalidClientTokenId",
		"The security token included in the request is invalid.")
}

func unknownToken() *refusal {
	return refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid")
}

// authenticate verifies the request and names who it is from.
func (s *Server) authenticate(x *exchange, sig *sigv4.Signature) (*principal, *refusal) {
	regionOK := func(region string) bool { return s.regionOK(x.call.Service, region) }
	if e := sig.Check(x.r, x.now, x.call.Service, regionOK); e != nil {
		return nil, signatureRefused(e)
	}
	if ses := s.sessions[sig.KeyID]; ses != nil {
		return s.authenticateSession(x, sig, ses)
	}
	k := s.keys[sig.KeyID]
	if k == nil || !k.active || x.now.Before(k.usableAt) {
		return nil, unknownKey()
	}
	if sig.Token != "" {
		return nil, unknownToken()
	}
	if e := sig.Verify(x.r, x.body, k.Secret); e != nil {
		return nil, signatureRefused(e)
	}
	k.lastUsed, k.lastOf, k.lastIn = x.now, x.call.Service, sig.Region
	return k.user.principal(), nil
}

func signatureRefused(e *sigv4.Refusal) *refusal { return refuse(e.Status, e.Code, "%s", e.Message) }

func (s *Server) authenticateSession(x *exchange, sig *sigv4.Signature, ses *session) (*principal, *refusal) {
	if subtle.ConstantTimeCompare([]byte(sig.Token), []byte(ses.token)) != 1 {
		return nil, unknownToken()
	}
	if !x.now.Before(ses.expires) {
		return nil, refuse(http.StatusForbidden, "ExpiredToken",
			"The security token included in the request is expired")
	}
	if e := sig.Verify(x.r, x.body, ses.secret); e != nil {
		return nil, signatureRefused(e)
	}
	// Credentials of a user without MFA know no IAM at all (STS API: GetSessionToken).
	if x.call.Service == "iam" && ses.who.user != nil && !ses.who.mfa {
		return nil, unknownToken()
	}
	return &ses.who, nil
}

func (u *User) principal() *principal {
	return &principal{arn: u.ARN, userID: u.id, account: u.Account, user: u}
}

// regionOK knows which regions a service's endpoint signs for. IAM is global and
// has one a partition.
func (s *Server) regionOK(service, region string) bool {
	if service == "iam" {
		return region == iamRegion(s.opts.Partition)
	}
	if s.opts.Region != "" {
		return region == s.opts.Region
	}
	return looksLikeRegion(region) && partitionOf(region) == s.opts.Partition
}

func iamRegion(partition string) string {
	switch partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-iso":
		return "us-iso-east-1"
	case "aws-iso-b":
		return "us-isob-east-1"
	case "aws-eusc":
		return "eusc-de-east-1"
	}
	return "us-east-1"
}

func partitionOf(region string) string {
	for _, p := range [...]struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"},
		{"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// looksLikeRegion takes xx-word-9 with any number of words, and so refuses
// pseudo-regions such as aws-global.
func looksLikeRegion(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 {
		return false
	}
	for i, p := range parts {
		last := i == len(parts)-1
		if p == "" || strings.IndexFunc(p, func(r rune) bool {
			if last {
				return r < '0' || r > '9'
			}
			return r < 'a' || r > 'z'
		}) >= 0 {
			return false
		}
	}
	return true
}
