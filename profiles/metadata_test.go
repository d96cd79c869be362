package profiles

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// metadataBase is the base of a profile "p" that has a credential_source and more settings.
func metadataBase(t *testing.T, source, settings string, env map[string]string) (Base, error) {
	t.Helper()
	config := "[profile p]\nregion = us-east-1\ncredential_source = " + source + "\n" + settings
	s, err := Parse(File{Path: "config", Data: []byte(config)}, File{Path: "credentials"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Chain(Request{Target: "p", Getenv: func(name string) string { return env[name] }})
	if err != nil {
		return Base{}, err
	}
	return c.Base, nil
}

const suite = "../../shared/conformance/"

func readSuite(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(suite, path))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here", path)
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// AWS's own cases: which address is asked for a container's credentials.
func TestContainerAddressesAreAWSs(t *testing.T) {
	var cases struct {
		Tests []struct {
			Docs   string
			Env    map[string]string
			Result struct{ Ok, ErrorContains string }
		}
	}
	readSuite(t, "ecs-tests.json", &cases)
	if len(cases.Tests) < 11 {
		t.Fatalf("%d cases", len(cases.Tests))
	}
	for _, row := range cases.Tests {
		b, err := metadataBase(t, "EcsContainer", "", row.Env)
		switch {
		case len(row.Env) == 0: // no address: whether that is an error, the resolver says
			if err != nil || b.Metadata.URL != "" {
				t.Errorf("%s: %q, %v", row.Docs, b.Metadata.URL, err)
			}
		case row.Result.Ok == "" && err == nil, b.Metadata.URL != row.Result.Ok:
			t.Errorf("%s: %q, %v; want %+v", row.Docs, b.Metadata.URL, err, row.Result)
		}
	}
}

// AWS's own cases: where the instance metadata service is.
func TestInstanceAddressesAreAWSs(t *testing.T) {
	var cases struct {
		Tests []struct {
			Docs             string
			Env, Fs          map[string]string
			EndpointOverride string `json:"endpoint_override"`
			ModeOverride     string `json:"mode_override"`
			Result           struct{ Ok, Err string }
		}
	}
	readSuite(t, "signin/smithy-rs/aws/rust-runtime/aws-config/test-data/imds-config/imds-endpoint-tests.json", &cases)
	ran := 0
	for _, row := range cases.Tests {
		if row.EndpointOverride != "" || row.ModeOverride != "" {
			continue // by a call of the Rust SDK's, which hatstand has no counterpart of
		}
		ran++
		_, settings, _ := strings.Cut(row.Fs["config"], "\n")
		b, err := metadataBase(t, "Ec2InstanceMetadata", settings+"\n", row.Env)
		if want := strings.TrimSuffix(row.Result.Ok, "/latest/api/token"); (err != nil) != (want == "") ||
			b.Metadata.URL != want {
			t.Errorf("%s: %q, %v; want %+v", row.Docs, b.Metadata.URL, err, row.Result)
		}
	}
	if ran < 11 {
		t.Errorf("%d cases ran", ran)
	}
}

func TestMetadataSettingsThatAreRefused(t *testing.T) {
	const full, relative = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	const notAllowed = " is plain http to a host that is not allowed: it may be this machine, 169.254.170.2, " +
		"169.254.170.23 or [fd00:ec2::23]"
	for _, row := range []struct {
		source, settings, variable, value string
		kind                              Kind
		text                              string
	}{
		{"Ec2InstanceMetadata", "", "AWS_EC2_METADATA_DISABLED", "True", MetadataDisabled, `profile "p": ` +
			"credential_source = Ec2InstanceMetadata, but AWS_EC2_METADATA_DISABLED=True forbids it"},
		{"Ec2InstanceMetadata", "", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv7", NotIPVersion,
			`ec2_metadata_service_endpoint_mode "IPv7" is neither IPv4 nor IPv6 (AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE)`},
		{"Ec2InstanceMetadata", "ec2_metadata_service_endpoint_mode = 4\n", "", "", NotIPVersion,
			`profile "p": ec2_metadata_service_endpoint_mode "4" is neither IPv4 nor IPv6 (config:4)`},
		{"Ec2InstanceMetadata", "ec2_metadata_service_endpoint = 169.254.169.254\n", "", "", Invalid,
			`profile "p": ec2_metadata_service_endpoint "169.254.169.254" is not a URL like https://HOST (config:4)`},
		{"EcsContainer", "", full, "http://example.com/x", ForeignContainer,
			full + ` "http://example.com/x"` + notAllowed},
		{"EcsContainer", "", full, "http://169.254.170.2.example.com/x", ForeignContainer,
			full + ` "http://169.254.170.2.example.com/x"` + notAllowed},
		{"EcsContainer", "", full, "http://169.254.169.254/x", ForeignContainer,
			full + ` "http://169.254.169.254/x"` + notAllowed},
		{"EcsContainer", "", full, "file:///etc/passwd", Invalid,
			full + ` "file:///etc/passwd" is not a URL like https://HOST`},
		{"EcsContainer", "", full, "http://user:secret@localhost/x", Invalid, full + " must not have a user name in it"},
		{"EcsContainer", "", relative, "@example.com/x", Invalid, relative + ` "@example.com/x" is not a path like ` +
			"/v2/credentials/ID"},
		{"EcsContainer", "", relative, ".example.com/x", Invalid, relative + ` ".example.com/x" is not a path like ` +
			"/v2/credentials/ID"},
	} {
		_, err := metadataBase(t, row.source, row.settings, map[string]string{row.variable: row.value})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != row.kind || err.Error() != row.text {
			t.Errorf("%s=%s: %v\nwant %s", row.variable, row.value, err, row.text)
		}
	}
	for _, allowed := range []string{"https://example.com/x", "http://127.0.0.2:9/x", "http://[::1]:9/x",
		"http://LOCALHOST/x", "http://[fd00:ec2:0::23]/x"} {
		if _, err := metadataBase(t, "EcsContainer", "", map[string]string{full: allowed}); err != nil {
			t.Error(err)
		}
	}
}

// What is only shown is shown, with the reason why it will fail.
func TestMetadataThatIsForbiddenCanBeShown(t *testing.T) {
	s, err := Parse(File{Path: "config", Data: []byte("[profile p]\ncredential_source = Ec2InstanceMetadata\n")}, File{})
	if err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"AWS_EC2_METADATA_DISABLED": "true"}[name] }
	c, err := s.Chain(Request{Target: "p", Getenv: getenv, ToShow: true})
	if err != nil || c.Refused == nil {
		t.Errorf("%v %+v", err, c)
	}
}
