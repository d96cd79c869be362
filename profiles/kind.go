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

// Word names the kind for programs.
func (k BaseKind) Word() string {
	return [...]string{
		Keyring: "keyring", Static: "file", Environment: "environment", Process: "process", SSO: "sso",
		WebIdentity: "web-identity", LoginSession: "login-session", EC2Metadata: "ec2-metadata", ECSContainer: "ecs-container",
	}[k]
}
