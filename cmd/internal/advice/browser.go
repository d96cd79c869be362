package advice

import "hatstand/credproc/browser"

func browserError(err error) (answer, bool) {
	e, ok := err.(*browser.Error)
	if !ok {
		return answer{}, false
	}
	const other = "without a browser here: hatstand console PROFILE --print writes the URL, --copy puts it on the clipboard, --qr draws it"
	choose := func(name, alternatives string) string {
		return "name the browser: hatstand console PROFILE --browser " + name + alternatives + ", or browser = " + name + " below [hatstand] in the config file"
	}
	switch e.Kind {
	case browser.NotInstalled:
		return answer{rank: usage, exit: Usage, hints: []string{choose("firefox", ""), other}}, true
	case browser.UnknownProfile:
		return answer{rank: usage, exit: Usage, hints: []string{"name its folder, which is the end of \"Profile Path\" on chrome://version: Default, Profile 1, ..."}}, true
	case browser.NoProfiles:
		return answer{rank: usage, exit: Usage, hints: []string{choose("chrome", " (chromium, edge, brave)")}}, true
	case browser.NoContainers:
		return answer{rank: usage, exit: Usage, hints: []string{choose("firefox", "")}}, true
	case browser.Failed, browser.NotOpened:
		return answer{rank: none, hints: []string{choose("firefox", ""), other}}, true
	case browser.NoDisplay, browser.NoPort:
		return answer{rank: none, hints: []string{other}}, true
	}
	return answer{}, false
}
