# _hat_watch: while the credentials can end, _hat_note runs before each prompt, after whatever runs there.
_hat_watch() {
  \local hook commands
  hook=$'\n'_hat_note commands=${PROMPT_COMMAND-}
  commands=${commands/"$hook"/}
  if [[ -n $_hat_ends && $- == *i* ]]; then
    PROMPT_COMMAND=$commands$hook
  elif [[ -n $commands ]]; then
    PROMPT_COMMAND=$commands
  elif [[ -n ${PROMPT_COMMAND-} ]]; then
    \unset 'PROMPT_COMMAND[0]' 2>/dev/null || \unset PROMPT_COMMAND # no array, before bash 5
  fi
}
