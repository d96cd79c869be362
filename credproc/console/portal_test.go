package console

import "testing"

func TestPortal(t *testing.T) {
	const start = "https://corp.awsapps.com/start"
	for _, tt := range []struct{ name, account, set, destination, want string }{
		{"the first page", "444444444444", "Admin", "", start + "/#/console?account_id=444444444444&role_name=Admin"},
		{"a page", "444444444444", "Admin", "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:",
			start + "/#/console?account_id=444444444444&role_name=Admin&destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Deu-west-1%23Instances%3A"},
		{"a name with all that one may have", "444444444444", "a+b=c,d.e@f-g", "", start + "/#/console?account_id=444444444444&role_name=a%2Bb%3Dc%2Cd.e%40f-g"},
		{"no space becomes a plus", "444444444444", "A B", "", start + "/#/console?account_id=444444444444&role_name=A%20B"},
		{"nothing ends the query", "4&role_name=x", "A&destination=x#y", "", start + "/#/console?account_id=4%26role_name%3Dx&role_name=A%26destination%3Dx%23y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Portal(start, tt.account, tt.set, tt.destination).Reveal(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
