package grant

type BrowserOptions = browserOptions

var (
	SignInByBrowser = signInByBrowser
	WaitForDevice   = waitForDevice
	SignInByPaste   = signInByPaste
	ReadPasted      = func(pasted, state string) (code string, ok bool) {
		a, ok := readPasted(pasted, state)
		return a.code, ok
	}
)
