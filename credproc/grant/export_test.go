package grant

type BrowserOptions = browserOptions

var (
	SignInByBrowser = signInByBrowser
	WaitForDevice   = waitForDevice
)
