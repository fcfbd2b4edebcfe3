# What the shell clients saw: answers first, then events, each as a line.
def line:
  if .error then "refused \(.error.code) \(.error.data.kind) \(.error.data.pointer // "")" | rtrimstr(" ")
  elif .method == "conversation" then "\(.params.change): \(.params.members | join(", "))"
  elif .method == "message" then .params.message | "heard \(.seq) \(.sender): \(.body)"
  elif .result.token then "logged in as \(.result.user.username)"
  elif .result.user then "registered \(.result.user.username)"
  elif .result.messages then
    (.result.messages[] | "history \(.seq) \(.sender): \(.body)"), "more: \(.result.has_more.before) \(.result.has_more.after)"
  elif .result.seq then "sent \(.result.seq)"
  elif .result.reset == false then $subscribed
  else "not understood: \(.)" end;

sort_by(.method != null)[] | line
