package resolve_test

import (
	"context"
	"testing"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// countedKeys is Keys that counts its reads.
type countedKeys struct {
	ring
	reads int
}

func (k *countedKeys) Keys(ctx context.Context, profile string) (credentials.Value, string, error) {
	k.reads++
	return k.ring.Keys(ctx, profile)
}

// The credentials of the machine are not kept: only what is made of them is looked up, once where it serves.
func TestTheMachinesCredentialsNeedNoKeyring(t *testing.T) {
	for source, kind := range map[string]profiles.BaseKind{
		"Ec2InstanceMetadata": profiles.EC2Metadata, "EcsContainer": profiles.ECSContainer,
	} {
		config := "[profile machine]\ncredential_source = " + source + `
[profile open]
role_arn = arn:aws:iam::222222222222:role/Open
source_profile = machine
`
		t.Run(source, func(t *testing.T) {
			w := newWorld(t)
			keys, asked := &countedKeys{ring: w.keys}, 0
			w.r.Keys = keys
			w.r.Metadata = func(_ context.Context, b profiles.Base) (credentials.Value, error) {
				if asked++; b.Kind != kind {
					t.Errorf("asked for %v", b.Kind)
				}
				return credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret}, nil
			}
			getenv := func(name string) string {
				if name == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" {
					return "/v2/credentials/id"
				}
				return w.getenv(name)
			}
			get := func(target string, asks, reads, writes int) {
				t.Helper()
				asked, w.kept.reads, w.kept.writes = 0, 0, 0
				p := planOf(t, config, profiles.Request{Target: target, Getenv: getenv}, credproc.Options{})
				if _, err := w.r.Credentials(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				if asked != asks || w.kept.reads != reads || w.kept.writes != writes || keys.reads > 0 {
					t.Errorf("%s: asked %d times, want %d; %d reads of the cache, want %d; %d writes, want %d; %d reads of keys",
						target, asked, asks, w.kept.reads, reads, w.kept.writes, writes, keys.reads)
				}
			}
			get("machine", 1, 0, 0)
			get("open", 1, 2, 1) // the second look is made with the lock held
			get("open", 0, 1, 0)
			w.wantSaw("AssumeRole/Open")
		})
	}
}
