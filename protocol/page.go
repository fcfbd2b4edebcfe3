package protocol

// PageSize is how many items a page may have at most; it may have fewer at any
// time. Without it, it is the limit page.
//
//openrpc:schema {"minimum":1,"x-limit":"page_max"}
type PageSize = int

// PageToken is what next of the page before said. It is opaque.
//
//openrpc:schema {"maxLength":512}
type PageToken = string

// pageTokenMax bounds the token of a next page, in bytes.
const pageTokenMax = 512

// checkPage bounds the size of a page and its token, and sets the size when
// the caller left it open.
func checkPage(limit **int, token string, limits *Limits) *Error {
	if *limit == nil {
		page := limits.Page // the caller's own: limits are shared
		*limit = &page
	}
	if **limit < 1 || **limit > limits.PageMax {
		return InvalidParam("limit", "param \"limit\" must be 1 to %d", limits.PageMax)
	}
	if len(token) > pageTokenMax {
		return InvalidParam("page", "param \"page\" must be what \"next\" of the page before said")
	}
	return nil
}
