package identitycenter_test

import "hatstand/credproc/grant/internal/granttest"

const (
	dev    = granttest.Dev
	prod   = granttest.Prod
	alice  = granttest.Alice
	region = granttest.Region
)

var (
	newWorld = granttest.New
	check    = granttest.Check
	wantKind = granttest.WantKind
	ofKind   = granttest.OfKind
)
