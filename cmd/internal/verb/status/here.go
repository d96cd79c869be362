package status

import (
	"cmp"
	"fmt"
	"time"

	"hatstand/credproc/child"
)

// A kind says where the credentials of this shell's commands come from.
type kind string

const (
	nothing   kind = "none"      // a command finds none, or those of the profile default
	byHat     kind = "hatstand"  // hat, env or exec have set variables
	byServer  kind = "endpoint"  // a local endpoint gives them: exec --server or serve
	byProfile kind = "profile"   // AWS_PROFILE names a profile
	byOthers  kind = "variables" // somebody else has set variables
)

// here is who the commands of this shell are, as far as its environment says.
type here struct {
	Kind    kind      `json:"kind"`
	Profile string    `json:"profile,omitempty"`
	Role    string    `json:"role,omitempty"` // Admin in 222222222222
	KeyID   string    `json:"access_key_id,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Expired bool      `json:"expired,omitempty"`
	Renews  bool      `json:"renews,omitempty"` // hatstand renews the credentials, which are in no variable
	Region  string    `json:"region,omitempty"`
	// Also is what else is set, which some programs prefer.
	Also string `json:"also,omitempty"`
}

// readHere reads an environment.
func readHere(getenv func(string) string, now time.Time) here {
	h := here{Profile: getenv("HATSTAND_PROFILE"), KeyID: getenv("AWS_ACCESS_KEY_ID"),
		Region: cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"))}
	named := cmp.Or(getenv("AWS_PROFILE"), getenv("AWS_DEFAULT_PROFILE"))
	endpoint := getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != ""
	switch {
	case h.Profile != "" && h.KeyID != "":
		h.Kind = byHat
		if named != "" {
			h.Also = "AWS_PROFILE=" + named
		}
	case h.Profile != "" && endpoint:
		h.Kind = byServer
	case h.KeyID != "":
		h.Kind, h.Profile = byOthers, ""
		if named != "" {
			h.Also = "AWS_PROFILE=" + named
		}
	case named != "":
		h.Kind, h.Profile = byProfile, named
	case endpoint || getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != "":
		h.Kind, h.Profile = byServer, ""
	default:
		h.Kind, h.Profile = nothing, ""
	}
	if h.Kind == byHat || h.Kind == byOthers {
		if t, err := time.Parse(time.RFC3339, getenv("AWS_CREDENTIAL_EXPIRATION")); err == nil {
			h.Until, h.Expired = t.UTC(), !t.After(now)
		}
	} else {
		h.KeyID = ""
	}
	if own := getenv(child.RegionVariable); h.Kind == nothing && own != "" && own == h.Region {
		h.Region = "" // left over from a role that was taken off
	}
	return h
}

// short is the line for a prompt: the profile and the time that is left; "" where there is nothing to tell.
func (h here) short(now time.Time) string {
	if h.Kind == nothing || h.Profile == "" {
		return ""
	}
	switch left := h.Until.Sub(now); {
	case h.Until.IsZero():
		return h.Profile
	case left <= 0:
		return h.Profile + " expired"
	case left < time.Minute:
		return h.Profile + " <1m"
	case left < time.Hour:
		return fmt.Sprintf("%s %dm", h.Profile, int(left/time.Minute))
	default:
		return fmt.Sprintf("%s %dh%02dm", h.Profile, int(left/time.Hour), int(left%time.Hour/time.Minute))
	}
}
