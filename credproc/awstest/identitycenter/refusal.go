package identitycenter

import "net/http"

// refusal is an answer that is not the one asked for: the name of AWS's exception and
// its text.
type refusal struct {
	code        string
	description string
	reason      string // of AccessDeniedException and InvalidRequestException
}

func refuse(code, description string) *refusal { return &refusal{code: code, description: description} }

func invalidRequest(description string) *refusal {
	return refuse("InvalidRequestException", description)
}

// oauth is the "error" of RFC 6749 and RFC 8628 that goes with an exception.
func oauth(code string) string {
	switch code {
	case "InvalidRequestException":
		return "invalid_request"
	case "InvalidClientException":
		return "invalid_client"
	case "InvalidGrantException":
		return "invalid_grant"
	case "UnauthorizedClientException":
		return "unauthorized_client"
	case "UnsupportedGrantTypeException":
		return "unsupported_grant_type"
	case "InvalidScopeException":
		return "invalid_scope"
	case "AuthorizationPendingException":
		return "authorization_pending"
	case "SlowDownException":
		return "slow_down"
	case "AccessDeniedException":
		return "access_denied"
	case "ExpiredTokenException":
		return "expired_token"
	case "InvalidClientMetadataException":
		return "invalid_client_metadata"
	case "InvalidRedirectUriException":
		return "invalid_redirect_uri"
	}
	return "server_error"
}

// statusOf is an exception's HTTP status in the two API models.
func statusOf(code string) int {
	switch code {
	case "InvalidClientException", "UnauthorizedException":
		return http.StatusUnauthorized
	case "ForbiddenException":
		return http.StatusForbidden
	case "ResourceNotFoundException":
		return http.StatusNotFound
	case "TooManyRequestsException":
		return http.StatusTooManyRequests
	case "InternalServerException":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// Failure is an error that a service answers with. An empty code is
// InternalServerException; a status of 0 is the code's own; a reason goes with the
// two exceptions that have one.
func Failure(service string, status int, code, message, reason string) Reply {
	if code == "" {
		code = "InternalServerException"
	}
	return (&refusal{code: code, description: message, reason: reason}).reply(service, status)
}

// reply writes a refusal as its service does: OAuth's members with the exception's name in
// a header, the portal with the name in both.
func (e *refusal) reply(service string, status int) Reply {
	if status == 0 {
		status = statusOf(e.code)
	}
	var out Reply
	switch service {
	case OIDC:
		body := map[string]any{"error": oauth(e.code), "error_description": nil}
		if e.description != "" {
			body["error_description"] = e.description
		}
		if e.reason != "" {
			body["reason"] = e.reason
		}
		out = jsonReply(status, body)
		out.Header.Set("X-Amzn-Errortype", e.code+":http://internal.amazon.com/coral/com.amazonaws.ssooidc/")
	case Portal:
		out = jsonReply(status, map[string]any{
			"message": e.description, "__type": "com.amazonaws.switchboard.portal#" + e.code,
		})
		out.Header.Set("X-Amzn-Errortype", e.code)
	default:
		out = errorPage(e)
		out.Status = status
	}
	out.Code = e.code
	return out
}
