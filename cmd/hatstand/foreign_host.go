package main

import (
	"fmt"
	"strings"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// nameHost tells, once, that a verb which makes, replaces or verifies keys or devices asks somebody else than AWS: an
// endpoint may come from an .envrc, and a key from there is whoever's runs it.
func (a *parts) nameHost(service string, at profiles.Endpoint) {
	host := partitions.ForeignHost(service, at.URL)
	if host == "" {
		return
	}
	text := fmt.Sprintf("%s is asked at %s, which is not AWS's", strings.ToUpper(service), host)
	if _, told := a.namedHosts.LoadOrStore(text, true); !told {
		a.ui().Note(text)
	}
}

// ownHosts refuses to replace a key where the environment alone sends the calls to somebody else's host: the new key would
// be that host's, and the old one, which works at AWS, would go.
func (o *owner) ownHosts() error {
	set, request, err := o.app.keyProfile(o.name)
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
	for _, at := range []struct{ service, used, own string }{{"iam", o.at.URL, own.URL}, {"sts", o.chain.SessionSTS.URL, chain.SessionSTS.URL}} {
		if host := partitions.ForeignHost(at.service, at.used); host != "" && at.used != at.own {
			return &ui.UsageError{
				Reason: fmt.Sprintf("profile %s: the environment sends calls to %s to %s, which is not AWS's: its key is not replaced there", ui.Quoted(o.name), strings.ToUpper(at.service), host),
				Next:   "unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_" + strings.ToUpper(at.service) + ", or write endpoint_url into the config file",
			}
		}
	}
	return nil
}
