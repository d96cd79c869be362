package credproc

import "hatstand/profiles"

// Exchanges reports whether the call turns a person's sign-in into credentials. Nothing signs it: the token is its
// proof.
func (c Call) Exchanges() bool { return c == GetRoleCredentials }

// exchange is the step that a chain begins with where its base is a person's sign-in.
func exchange(c *profiles.Chain) (step Step, ok bool) {
	if c.Base.Kind != profiles.SSO {
		return Step{}, false
	}
	return Step{
		Call: GetRoleCredentials, Grant: c.Base.Grant, Region: c.SessionRegion, Endpoint: c.SessionSTS,
		Account: c.Base.SSO.AccountID, PermissionSet: c.Base.SSO.RoleName,
		Reason: "the sign-in is exchanged for the permission set's credentials",
	}, true
}

// refuseForPermissionSet is the error of an option that a permission set decides.
func refuseForPermissionSet(target string, o Options) error {
	option := roleOption(o)
	if o.Duration != 0 {
		option = "duration"
	}
	if option == "" {
		return nil
	}
	return &Error{Kind: PermissionSetDecides, Target: target, Subject: option,
		Reason: "a " + option + " cannot be asked for: the permission set decides"}
}
