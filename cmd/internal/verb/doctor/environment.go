package doctor

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkEnvironment lists the variables that are set and say where calls go, where files are, or what hatstand does: a
// shell, a project's .envrc or a service may have set them.
func (d Deps) checkEnvironment(context.Context) ([]finding, error) {
	var all []finding
	for _, kv := range slices.Sorted(slices.Values(d.World.Environ())) {
		name, value, _ := strings.Cut(kv, "=")
		show, ok := shownVariable(name)
		if !ok || value == "" {
			continue
		}
		f := finding{About: "environment", What: name, State: stateNote, Text: show(value)}
		if strings.HasPrefix(name, "AWS_ENDPOINT_URL") && plainHTTP(value) {
			f.State, f.Text = stateWarning, f.Text+": what is sent there by plain http can be read and changed on the way"
			f.Hints = []string{"unset " + name + ", or give an address with https"}
		}
		all = append(all, f)
	}
	return all, nil
}

// shownVariable says whether a variable counts, and how its value is shown: a value that may hold a secret is not.
func shownVariable(name string) (show func(value string) string, ok bool) {
	hidden := func(string) string { return "is set" }
	plain := func(value string) string { return value }
	switch {
	case slices.Contains(ownVariables(), name), slices.Contains(otherVariables(), name):
		return plain, true
	case strings.HasPrefix(name, "HATSTAND_"):
		return hidden, true
	case strings.HasPrefix(name, "AWS_ENDPOINT_URL"), slices.Contains(proxyVariables(), strings.ToUpper(name)):
		return withoutPassword, true
	}
	return nil, false
}

// ownVariables are hatstand's own whose values are no secrets.
func ownVariables() []string {
	return []string{"HATSTAND_BACKEND", "HATSTAND_PROFILE", "HATSTAND_PROMPT", "HATSTAND_PROMPT_TIMEOUT", "HATSTAND_LOG", "HATSTAND_REGION",
		"HATSTAND_SECRET_SERVICE_COLLECTION", "HATSTAND_BROWSER"}
}

func otherVariables() []string {
	return []string{
		"AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_DEFAULT_REGION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE", "AWS_REGION",
		"AWS_SHARED_CREDENTIALS_FILE", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT",
		"NO_PROXY", "no_proxy", "SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
	}
}

func proxyVariables() []string { return []string{"HTTPS_PROXY", "HTTP_PROXY"} }

// withoutPassword is an address as it may be shown.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" && strings.Contains(address, "@") {
		return "is set"
	}
	if u.User != nil {
		u.User = url.User("...")
	}
	return u.String()
}

// plainHTTP reports whether what is sent to an address leaves this machine unencrypted.
func plainHTTP(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback()
}
