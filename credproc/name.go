package credproc

import "strings"

// DefaultSessionName names a role session after the IAM user with that ARN, else after the MFA device,
// else after the operating system's user, made to fit STS's limits ([\w+=,.@-], 2 to 64 characters).
// The operating system is asked last: it may have to ask a directory on the network.
func DefaultSessionName(userARN, serial string, osUser func() string) string {
	for _, name := range []func() string{
		func() string { return afterSlash(userARN, ":user/") },
		func() string { return afterSlash(serial, ":mfa/") },
		osUser,
	} {
		if s := FitSessionName(name()); s != "" {
			return s
		}
	}
	return "hatstand"
}

// afterSlash is the last part of an ARN's path, if the ARN is of that kind.
func afterSlash(arn, kind string) string {
	if !strings.Contains(arn, kind) {
		return ""
	}
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

// FitSessionName makes a name fit STS's limits. It replaces what STS does not take in a session name by hyphens; "" if no letter and no digit is left.
func FitSessionName(s string) string {
	// A Windows user comes as DOMAIN\user.
	s = s[strings.LastIndexByte(s, '\\')+1:]
	readable := false
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			readable = true
			return c
		case strings.ContainsRune("_+=,.@-", c):
			return c
		}
		return '-'
	}, s)
	if !readable || len(s) < 2 {
		return ""
	}
	return s[:min(len(s), 64)]
}
