package resolve

import (
	"context"
	"strings"

	"hatstand/credproc"
	"hatstand/credproc/sts"
)

// federate makes the federated user of step s with an IAM user's keys. It is named after that user, so that CloudTrail
// names a person.
func (r *Resolver) federate(ctx context.Context, as caller, p credproc.Plan, s credproc.Step) (got sts.Issue, user string,
	err error) {
	if user = as.user; user == "" {
		if user, err = r.Identity(ctx, s.Region, s.Endpoint, as.with); err != nil {
			return got, "", err
		}
	}
	if strings.HasSuffix(user, ":root") {
		return got, user, credproc.RootKeys(p.Target)
	}
	name := s.Role.SessionName
	if name == "" {
		name = credproc.DefaultSessionName(user, p.Serial(), r.UserName)
		name = name[:min(len(name), credproc.MaxFederatedName)]
	}
	if got, err = as.client.GetFederationToken(ctx, s, name); err == nil &&
		!strings.HasSuffix(got.ARN, ":federated-user/"+name) {
		err = badAnswer(p.Target, s.Call, "is of another user")
	}
	return got, user, err
}
