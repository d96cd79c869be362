package provider

import (
	"context"

	"hatstand/credproc/metadata"
	"hatstand/profiles"
)

// metadata gets the credentials of the instance or the container that hatstand runs on. It knows nothing of the proxies
// that AWS is called by.
func (a *Provider) metadata(ctx context.Context, b profiles.Base) (credentials, error) {
	log, err := a.logs.Open()
	if err != nil {
		return credentials{}, err
	}
	roots, err := a.clients.Roots(b.Metadata.CABundle)
	if err != nil {
		return credentials{}, err
	}
	client, began := metadata.New(roots, a.world.Now), a.world.Now()
	var c credentials
	if b.Kind == profiles.EC2Metadata {
		c, err = client.Instance(ctx, b.Metadata.URL)
	} else {
		c, err = client.Container(ctx, b.Metadata.URL,
			metadata.Token{Text: b.Metadata.Token.Reveal(), File: b.Metadata.TokenFile})
	}
	took := a.world.Now().Sub(began).Milliseconds()
	if err != nil {
		log.Info("no credentials from a metadata service", "kind", b.Kind.Word(), "ms", took, "error", err.Error())
		return credentials{}, err
	}
	log.Info("credentials from a metadata service", "kind", b.Kind.Word(), "ms", took, "expires", c.Expires)
	return c, nil
}
