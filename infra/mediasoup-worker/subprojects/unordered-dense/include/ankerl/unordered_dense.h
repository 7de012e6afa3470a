// The part of ankerl::unordered_dense that mediasoup-worker uses (map, set and
// hash), on the standard containers, because Debian does not package the original.
//
// The standard containers are slower to walk and keep no insertion order; on the
// other hand their references and iterators survive where the original's do not,
// so code that is right with the original is right with them.
#pragma once

#include <cstdint>
#include <functional>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	template<typename T>
	struct hash
	{
		auto operator()(const T& value) const noexcept -> uint64_t
		{
			const auto plain = static_cast<uint64_t>(std::hash<T>{}(value));

			if constexpr (std::is_scalar_v<T>)
			{
				// The standard hash of a number or a pointer is the value itself:
				// spread it over all bits (Fibonacci hashing).
				const auto spread = plain * UINT64_C(0x9e3779b97f4a7c15);

				return spread ^ (spread >> 32);
			}
			else
			{
				return plain;
			}
		}
	};

	template<typename Key, typename T, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using map = std::unordered_map<Key, T, Hash, Equal>;

	template<typename Key, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using set = std::unordered_set<Key, Hash, Equal>;
} // namespace ankerl::unordered_dense
