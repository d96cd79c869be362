package child

// A Server is a container credentials endpoint, as a command gets it.
type Server struct{ URL, Token string }

// ServerEnvironment is Environment for a command that gets its credentials from an endpoint: no credentials are in it.
func ServerEnvironment(parent []string, profile, region string, s Server, endpoints ...Variable) []string {
	return with(parent, append([]Variable{
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL},
		{"AWS_CONTAINER_AUTHORIZATION_TOKEN", s.Token},
	}, Location(profile, region, endpoints...)...))
}
