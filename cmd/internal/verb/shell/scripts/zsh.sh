function _hat {
  \local -a rest
  rest=("${(@Q)words[2,CURRENT-1]}")
  __hatstand_suggest @HATSTAND@ hat sh "${rest[@]}" "${(Q)PREFIX}"
}
if (( ${+functions[compdef]} )); then
  \compdef _hat hat
else # compinit comes later
  function _hat_register {
    \emulate -L zsh
    (( ${+functions[compdef]} )) || \return 0
    \compdef _hat hat
    precmd_functions=("${(@)precmd_functions:#_hat_register}")
  }
  \typeset -ga precmd_functions
  precmd_functions+=(_hat_register)
fi
