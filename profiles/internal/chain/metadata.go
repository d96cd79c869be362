package chain

import "hatstand/profiles/internal/setting"

// MetadataSetting says where an instance's or a container's credentials are asked for.
type MetadataSetting struct {
	// URL is the instance's metadata service, or the address of the container's credentials. "": the environment does
	// not say where those are.
	URL string
	// TokenFile and Token are what a request for a container's credentials carries: the file's content, else the token.
	TokenFile string
	Token     setting.Secret
	CABundle  string // for https: a PEM file's path; "": the system's
}
