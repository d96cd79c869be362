package child

import "strings"

// A Server is a container credentials endpoint, as a command is told of it.
type Server struct{ URL, Token string }

// ServerEnvironment is Environment for a command that gets its credentials from an endpoint: no credentials are in it.
func ServerEnvironment(parent []string, profile, region string, s Server) []string {
	set := []string{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + s.URL,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN=" + s.Token,
		"HATSTAND_PROFILE=" + profile,
	}
	if region != "" {
		set = append(set, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region)
	}
	env := make([]string, 0, len(parent)+len(set))
	for _, kv := range parent {
		name, _, _ := strings.Cut(kv, "=")
		if removed(name) || region != "" && (same(name, "AWS_REGION") || same(name, "AWS_DEFAULT_REGION")) {
			continue
		}
		env = append(env, kv)
	}
	return append(env, set...)
}
