package profiles

// String names the kind as people call it.
func (k BaseKind) String() string {
	switch k {
	case Keyring:
		return "the keyring"
	case Static:
		return "a file"
	case Environment:
		return "the environment"
	case Process:
		return "another program"
	case SSO:
		return "IAM Identity Center (sso_...)"
	case WebIdentity:
		return "a web identity token"
	case LoginSession:
		return "aws login (login_session)"
	case EC2Metadata:
		return "the EC2 metadata service"
	case ECSContainer:
		return "the ECS container service"
	}
	return "an unknown source"
}

// LeaderRegion is the region to ask in a partition where none is set; "" for a partition that is not
// known.
func LeaderRegion(partition string) string { return leaderOf(partition) }

// CheckName: what the name of a profile may be, as AWS's config files have it. The error is a
// *LimitError.
func CheckName(name string) error {
	if validName([]byte(name)) {
		return nil
	}
	return &LimitError{What: "profile name", Shown: quoted(name), Rule: "must have letters, digits and _ . / % @ : + - only"}
}

// Profiles are all profiles, in the order of Names.
func (s *Set) Profiles() []*Profile {
	names := s.Names()
	all := make([]*Profile, 0, len(names))
	for _, name := range names {
		if p, ok := s.Profile(name); ok {
			all = append(all, p)
		}
	}
	return all
}
