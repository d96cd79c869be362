package app

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// A Variable of the environment that is set and counts, as it may be shown.
type Variable struct {
	Name string
	// Shown is the value; where that may hold a secret, that it is set.
	Shown string
	// Sends says that it names where calls go, or by which proxy.
	Sends bool
	// Readable is set where what is sent there leaves this machine by plain http.
	Readable bool
}

// Variables are those that say where calls go, where files are, or what hatstand does, in the order of their names: a
// shell, a project's .envrc or a service may have set them.
func Variables(w World) []Variable {
	var all []Variable
	for _, kv := range slices.Sorted(slices.Values(w.Environ())) {
		name, value, _ := strings.Cut(kv, "=")
		if v, counts := shown(name, value); counts && value != "" {
			all = append(all, v)
		}
	}
	return all
}

func shown(name, value string) (v Variable, counts bool) {
	upper := strings.ToUpper(name) // proxies have both spellings
	switch {
	case strings.HasPrefix(name, "AWS_ENDPOINT_URL"):
		return Variable{name, withoutPassword(value), true, PlainHTTP(value)}, true
	case slices.Contains([]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}, name):
		return Variable{Name: name, Shown: withoutPassword(value), Sends: true}, true
	case upper == "HTTPS_PROXY" || upper == "HTTP_PROXY":
		return Variable{Name: name, Shown: withoutPassword(value), Sends: true}, true
	case slices.Contains([]string{"AWS_CA_BUNDLE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"}, upper):
		return Variable{Name: name, Shown: value, Sends: true}, true
	case slices.Contains(plainVariables(), name):
		return Variable{Name: name, Shown: value}, true
	case strings.HasPrefix(name, "HATSTAND_"): // the passphrase, or a misspelt name of it
		return Variable{Name: name, Shown: "is set"}, true
	}
	return Variable{}, false
}

// plainVariables are the variables whose values are no secrets.
func plainVariables() []string {
	return []string{
		"AWS_CONFIG_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
		"AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_REGION", "AWS_SHARED_CREDENTIALS_FILE", "AWS_STS_REGIONAL_ENDPOINTS",
		"AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
		"HATSTAND_BACKEND", "HATSTAND_BROWSER", "HATSTAND_BROWSER_PROFILE", "HATSTAND_LOG", "HATSTAND_PROFILE", "HATSTAND_PROMPT",
		"HATSTAND_PROMPT_TIMEOUT",
		"HATSTAND_RECENT", "HATSTAND_REGION", "HATSTAND_SECRET_SERVICE_COLLECTION",
	}
}

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

// PlainHTTP reports whether what is sent to an address leaves this machine unencrypted.
func PlainHTTP(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback()
}
