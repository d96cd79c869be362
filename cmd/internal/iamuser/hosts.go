package iamuser

import (
	"fmt"
	"strings"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// nameHost says once that somebody else than AWS is asked about keys or devices. An endpoint may come from an .envrc,
// and a key that is made there belongs to whoever runs that host.
func (s *Users) nameHost(service string, at profiles.Endpoint) {
	host := partitions.ForeignHost(service, at.URL)
	if host == "" {
		return
	}
	text := fmt.Sprintf("%s calls go to %s, which is not AWS's", strings.ToUpper(service), host)
	if _, said := s.namedHosts.LoadOrStore(text, true); !said {
		s.world.Streams().Note(text)
	}
}

// CheckHosts refuses to replace a key where the environment alone sends the calls to somebody else's host: the new key
// would be that host's, and the old one, which works at AWS, would go.
func (u *User) CheckHosts() error {
	set, request, err := u.users.request(u.Profile)
	if err != nil {
		return err
	}
	request.Getenv = nil
	own, err := set.Endpoint("iam", request)
	if err != nil {
		return err
	}
	chain, err := set.Chain(request)
	if err != nil {
		return err
	}
	for _, at := range []struct{ service, used, own string }{
		{"iam", u.iamEndpoint.URL, own.URL},
		{"sts", u.chain.SessionSTS.URL, chain.SessionSTS.URL},
	} {
		if host := partitions.ForeignHost(at.service, at.used); host != "" && at.used != at.own {
			service := strings.ToUpper(at.service)
			return &ui.UsageError{
				Reason: fmt.Sprintf("profile %s: the environment sends calls to %s to %s, which is not AWS's: "+
					"its key is not replaced there", ui.Quoted(u.Profile), service, host),
				Next: "unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_" + service + ", or write endpoint_url into the config file",
			}
		}
	}
	return nil
}
