package console

import "net/url"

// SwitchRole is the console's own form for who is signed in as an IAM user and wants to assume a role: a
// link that anybody may see. display is what the console shows, cut to the 64 characters it takes; color
// is RRGGBB, "" for the console's own choice.
func (p Hosts) SwitchRole(account, role, display, color string) URL {
	const most = 64
	if r := []rune(display); len(r) > most {
		display = string(r[:most-1]) + "…"
	}
	q := url.Values{"account": {account}, "roleName": {role}, "displayName": {display}}
	if color != "" {
		q.Set("color", color)
	}
	return URL{p.form + "/switchrole?" + q.Encode()}
}
