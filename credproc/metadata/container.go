package metadata

import (
	"context"
	"net/http"

	"hatstand/credproc/credentials"
	"hatstand/profiles/userfile"
)

// ContainerHost is where ECS has the credentials of a container, whose relative URI the environment has.
const ContainerHost = "http://169.254.170.2"

// A Token is what a request for a container's credentials carries. The zero Token: none.
type Token struct {
	Text string
	File string // where it is read from each time, instead of Text: EKS replaces it every day
}

// maxTokenFile is the most that a token's file may hold: no service takes a longer header.
const maxTokenFile = 64 << 10

// Container gets the credentials of a container from their address.
func (c *Client) Container(ctx context.Context, address string, t Token) (credentials.Value, error) {
	get := namedRequest{"the container's credentials at " + host(address), http.MethodGet, address,
		http.Header{"Accept": {"application/json"}}}
	token, err := get.token(t)
	if err != nil {
		return credentials.Value{}, err
	}
	if token != "" {
		get.header.Set("Authorization", token)
	}
	got, err := c.do(ctx, get)
	switch {
	case err != nil:
		return credentials.Value{}, err
	case got.status != http.StatusOK:
		return credentials.Value{}, get.refused(got)
	}
	return c.decode(get, got.body, "ecs-container")
}

// token is what the request carries. Errors do not quote it.
func (a namedRequest) token(t Token) (string, error) {
	token, from := t.Text, "AWS_CONTAINER_AUTHORIZATION_TOKEN"
	if t.File != "" {
		from = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
		data, err := userfile.Read(t.File, maxTokenFile)
		if err != nil {
			return "", a.failed(BadToken, from+": "+err.Error(), err)
		}
		if token = string(data); token == "" {
			return "", a.failed(BadToken, from+": the file is empty", nil)
		}
	}
	if !sendable(token) {
		return "", a.failed(BadToken, from+" has a line end or another control character in it, which no request may "+
			"carry", nil)
	}
	return token, nil
}
