//! The body of a push. It is Pub/Sub's, so fields that are not known here are ignored:
//! a new one must not stop the notifications.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// What a push brings.
pub(crate) struct PushRequest {
    /// The notification, in base64.
    pub(crate) data: String,
    /// Pub/Sub's id of the message.
    pub(crate) message_id: String,
}

impl<'de> Deserialize<'de> for PushRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Envelope { message } = Envelope::deserialize(deserializer)?;
        Ok(Self { data: message.data, message_id: message.message_id })
    }
}

struct Envelope {
    message: Message,
}

struct Message {
    data: String,
    message_id: String,
}

/// Reads the named fields of an object, each into its place, and ignores the others.
macro_rules! read_loosely {
    ($name:ident { $($field:ident = $key:literal),+ }) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        $(let mut $field = None;)+
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $($key => $field = Some(map.next_value()?),)+
                                _ => drop(map.next_value::<IgnoredAny>()?),
                            }
                        }
                        Ok($name {
                            $($field: $field.ok_or_else(|| A::Error::missing_field($key))?,)+
                        })
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }
    };
}

read_loosely!(Envelope { message = "message" });
read_loosely!(Message { data = "data", message_id = "messageId" });
