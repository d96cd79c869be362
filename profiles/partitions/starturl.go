package partitions

import "strings"

// portals are the domains of IAM Identity Center's start URLs.
func portals() []string {
	return []string{"app.aws", "portal.amazonaws.com", "portal.amazonaws.com.cn", "awsapps.com", "awsapps.cn"}
}

// StartHost reports whether a start URL's host is AWS's own. A company may have one of its own, which leads to AWS's.
func StartHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "identitycenter.amazonaws.com" || host == "identitycenter.amazonaws.com.cn" {
		return true
	}
	for _, domain := range portals() {
		if rest, ok := strings.CutSuffix(host, "."+domain); ok && rest != "" {
			return true
		}
	}
	return false
}

// StartRegion is the region in the host of a start URL, ID.portal.REGION.app.aws or ID.REGION.portal.amazonaws.com; ""
// where there is none.
func StartRegion(host string) string {
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	region := ""
	switch {
	case len(labels) == 5 && labels[1] == "portal" && labels[3] == "app" && labels[4] == "aws":
		region = labels[2]
	case len(labels) > 2 && StartHost(host) && labels[2] == "portal":
		region = labels[1]
	}
	if !ValidLabel(region) {
		return ""
	}
	return region
}
