//! The macro behind the registries of models, rules, stimuli and sources.

/// Makes the enum that a config writes with external tags (`all_to_all = { .. }`) from one line,
/// `Variant(Type)`, for each implementation: names, schema and conversion follow.
macro_rules! registry {
    ($(#[$doc:meta])* $spec:ident -> dyn $object:ident { $($variant:ident($type:ty)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $spec {
            $(
                #[doc = concat!("See [`", stringify!($type), "`].")]
                $variant($type),
            )+
        }

        impl $spec {
            /// The names in configs, in the order of the registry.
            #[must_use]
            pub fn names() -> Vec<String> {
                [$(stringify!($variant)),+].map(crate::registry::snake_case).to_vec()
            }
        }

        impl From<$spec> for Box<dyn $object> {
            fn from(spec: $spec) -> Self {
                match spec {
                    $($spec::$variant(inner) => inner.into(),)+
                }
            }
        }

        $(
            impl From<$type> for $spec {
                fn from(inner: $type) -> Self {
                    Self::$variant(inner)
                }
            }
        )+
    };
}

/// `IafPscExp` as `iaf_psc_exp`, by serde's rule for `rename_all = "snake_case"`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (i, c) in name.char_indices() {
        if i > 0 && c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
