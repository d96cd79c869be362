package console

import "time"

// Limits of SessionDuration. Source: IAM User Guide, "Enable custom identity broker access to the AWS
// console".
const (
	MinDuration = 15 * time.Minute
	MaxDuration = 12 * time.Hour
)

// A Lineage says how a role's credentials came about.
type Lineage int

const (
	// Chained: with temporary credentials, a session's included. The console lasts as long as they do;
	// AWS answers 400 to a SessionDuration.
	Chained Lineage = iota
	// Direct: with the long-lived keys of an IAM user. The console may last longer than they do.
	Direct
)

// Lasting decides what the console's session is asked to last and why; 0: it is not asked, and lasts as
// long as the credentials. asked is what the user wants, 0 for nothing in particular; life is how long
// the credentials live in all, left how long they still do.
func Lasting(l Lineage, asked, life, left time.Duration) (d time.Duration, why string) {
	switch {
	case l == Chained:
		return 0, "the credentials are chained: the console lasts as long as they do"
	case asked != 0:
		return clamp(asked), "asked for"
	case left < life/2:
		return clamp(life), "the credentials are half spent: as long as new ones would give"
	}
	return 0, "as long as the credentials"
}

func clamp(d time.Duration) time.Duration { return min(max(d, MinDuration), MaxDuration) }
